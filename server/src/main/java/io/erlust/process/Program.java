package io.erlust.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Programs of the machine that the server itself asks something. */
public final class Program {
    private static final int OUTPUT_BYTES_MAX = 64 << 10;

    private Program() {}

    /** The first executable of this name on the server's PATH. */
    public static Optional<Path> find(String name) {
        return findAll(name).stream().findFirst();
    }

    /** All executables of this name on the server's PATH, in its order. */
    public static List<Path> findAll(String name) {
        String path = System.getenv("PATH");
        if (path == null) {
            return List.of();
        }
        return Stream.of(path.split(":", -1))
                .map(directory -> Path.of(directory.isEmpty() ? "." : directory, name))
                .map(Path::toAbsolutePath)
                .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                .toList();
    }

    /** Runs a trusted command in the server's environment; what it printed, if it returned 0. */
    public static String output(List<String> command, Duration timeout) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .start();
        CompletableFuture<byte[]> output = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> read(process.getInputStream(), output));
        try {
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(command.getFirst() + " did not end within " + timeout);
            }
            String text = new String(output.join(), StandardCharsets.UTF_8).strip();
            if (process.exitValue() != 0) {
                Exit exit = Exit.of(process.exitValue());
                throw new IOException(command.getFirst() + " ended with " + exit + ": " + text);
            }
            return text;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + command.getFirst() + " ran", e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static void read(InputStream in, CompletableFuture<byte[]> into) {
        try (in) {
            into.complete(in.readNBytes(OUTPUT_BYTES_MAX));
        } catch (IOException _) {
            into.complete(new byte[0]);
        }
    }
}
