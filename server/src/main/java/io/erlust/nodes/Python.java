package io.erlust.nodes;

import io.erlust.process.Program;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * CPython 3.9 or later: the first {@code python3} of the server's PATH that also runs where nodes
 * run, found once. One in a home directory that nodes may not enter is passed over.
 */
final class Python implements Language {
    private static final Logger log = LoggerFactory.getLogger(Python.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** What python3 is may be a shim that costs 100 ms each time: ask it for the real one. */
    private static final String WHO = "import sys; print('%d.%d' % sys.version_info[:2]);"
            + " print(sys.executable); print(sys.prefix); print(sys.base_prefix)";

    /** Other users are to read it. */
    private static final String COMPILE = "umask 022; exec \"$1\" -m py_compile \"$2\"";

    private record Interpreter(String executable, String version, List<Path> directories) {}

    private final Path library;
    private final Languages.Try inside;

    /** Guarded by this. A failure is not remembered: somebody may install it meanwhile. */
    private @Nullable Interpreter interpreter;

    /**
     * @param library the directory of erlust_node.py
     * @param inside runs something as nodes are run
     */
    Python(Path library, Languages.Try inside) {
        this.library = library;
        this.inside = inside;
    }

    @Override
    public List<String> command() {
        return List.of(interpreter().executable, "-c", "import erlust_node; erlust_node.main()");
    }

    @Override
    public List<Path> readable() {
        return interpreter().directories;
    }

    @Override
    public Map<String, String> env(String libraries) {
        return Map.of("PYTHONPATH", libraries + "/python");
    }

    private synchronized Interpreter interpreter() {
        Interpreter known = interpreter;
        if (known == null) {
            known = find();
            interpreter = known;
            log.info("python is {} ({})", known.executable, known.version);
            compileLibrary(known.executable);
        }
        return known;
    }

    private Interpreter find() {
        List<String> reasons = new ArrayList<>();
        for (Path candidate : Program.findAll("python3")) {
            try {
                Interpreter found = ask(candidate);
                inside.output(List.of(found.executable, "-c", "pass"), found.directories);
                return found;
            } catch (IOException e) {
                reasons.add(candidate + " can't be used: " + e.getMessage());
            }
        }
        throw new LanguageMissing(
                "python needs CPython 3.9 or later as python3 on the server's PATH, but "
                        + (reasons.isEmpty() ? "there is none" : String.join("; ", reasons))
                        + ". Install it (Debian: apt install python3) and restart the server");
    }

    private static Interpreter ask(Path python) throws IOException {
        String answer = Program.output(List.of(python.toString(), "-c", WHO), PATIENCE);
        String[] lines = answer.split("\n", -1);
        if (lines.length != 4 || !lines[0].matches("3\\.(9|[1-9][0-9])")) {
            throw new IOException("it says it is \"" + answer + '"');
        }
        List<Path> directories =
                Stream.of(lines[2], lines[3]).distinct().map(Path::of).toList();
        return new Interpreter(lines[1], lines[0], directories);
    }

    /** So that the first nodes need not. Only time is lost when it fails. */
    private void compileLibrary(String python) {
        Path file = library.resolve("erlust_node.py");
        try {
            Program.output(
                    List.of("/bin/sh", "-c", COMPILE, "sh", python, file.toString()), PATIENCE);
        } catch (IOException e) {
            log.warn("{} could not be compiled: {}", file, e.getMessage());
        }
    }
}
