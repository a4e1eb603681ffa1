package io.erlust.nodes;

import io.erlust.process.Program;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** CPython 3.9 or later: {@code python3} of the server's PATH, found once. */
final class Python implements Language {
    private static final Logger log = LoggerFactory.getLogger(Python.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** What python3 is may be a shim that costs 100 ms each time: ask it for the real one. */
    private static final String WHO =
            "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)";

    private final Path library;

    /** Guarded by this. A failure is not remembered: somebody may install it meanwhile. */
    private @Nullable String executable;

    /** @param library the directory of erlust_node.py */
    Python(Path library) {
        this.library = library;
    }

    @Override
    public List<String> command() {
        return List.of(executable(), "-c", "import erlust_node; erlust_node.main()");
    }

    @Override
    public Map<String, String> env() {
        return Map.of("PYTHONPATH", library.toString());
    }

    synchronized String executable() {
        String known = executable;
        if (known == null) {
            known = find();
            executable = known;
            compileLibrary(known);
        }
        return known;
    }

    private static String find() {
        Path python = Program.find("python3")
                .orElseThrow(() -> missing("there is no python3 on the server's PATH"));
        String answer;
        try {
            answer = Program.output(List.of(python.toString(), "-c", WHO), PATIENCE);
        } catch (IOException e) {
            throw missing(e.getMessage());
        }
        String[] lines = answer.split("\n", -1);
        if (lines.length != 2 || !lines[0].matches("3\\.(9|[1-9][0-9])")) {
            throw missing(python + " says it is \"" + answer + '"');
        }
        log.info("python is {} ({})", lines[1], lines[0]);
        return lines[1];
    }

    private static LanguageMissing missing(@Nullable String got) {
        return new LanguageMissing(
                "python needs CPython 3.9 or later as python3 on the server's PATH, but " + got
                        + "; install it (Debian: apt install python3) and restart the server");
    }

    /** So that the first nodes need not. Only time is lost when it fails. */
    private void compileLibrary(String python) {
        Path file = library.resolve("erlust_node.py");
        try {
            Program.output(List.of(python, "-m", "py_compile", file.toString()), PATIENCE);
        } catch (IOException e) {
            log.warn("{} could not be compiled: {}", file, e.getMessage());
        }
    }
}
