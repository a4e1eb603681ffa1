package io.erlust.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The working copy the tests run in: its text files, without what is built or fetched. */
record Repository(Path root) {
    private static final Set<String> SKIPPED =
            Set.of(".git", "target", "__pycache__", "node_modules", ".idea", ".vscode");

    /** Found from the working directory upward, by its pom and its server directory. */
    static Repository here() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.exists(directory.resolve("server/src/main/java"))) {
            directory = directory.getParent();
            if (directory == null) {
                throw new AssertionError("not started inside the repository");
            }
        }
        return new Repository(directory);
    }

    /** @param path from the root, with slashes */
    record TextFile(String path, String text) {
        boolean isJava() {
            return path.endsWith(".java");
        }

        boolean isPython() {
            return path.endsWith(".py");
        }

        List<String> lines() {
            return text.lines().toList();
        }
    }

    String read(String path) {
        return text(root.resolve(path));
    }

    /** All text files, sorted. A file is text when it has no zero byte. */
    List<TextFile> textFiles() {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(path -> !isSkipped(path))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .map(path -> new TextFile(name(path), text(path)))
                    .filter(file -> file.text().indexOf('\0') < 0)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isSkipped(Path path) {
        for (Path part : root.relativize(path)) {
            if (SKIPPED.contains(part.toString())) {
                return true;
            }
        }
        return false;
    }

    private String name(Path path) {
        return root.relativize(path).toString().replace('\\', '/');
    }

    private static String text(Path path) {
        try {
            return new String(Files.readAllBytes(path), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
