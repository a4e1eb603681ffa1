package io.erlust.nodes.sandbox;

import io.erlust.process.ChildProcess;
import io.erlust.process.Exit;
import io.erlust.process.SpawnFailed;
import io.erlust.process.Spawner;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs something small in isolation, to see whether that works here. */
public final class Trial {
    private static final int OUTPUT_BYTES_MAX = 64 << 10;

    private Trial() {}

    /**
     * What it printed.
     *
     * @throws IOException when it did not end with 0 in time: what it said instead
     */
    public static String output(
            Spawner spawner, Isolation isolation, Place place, Guest guest, Duration timeout)
            throws IOException {
        Confined confined = isolation.confine(place, guest);
        try {
            return output(spawner.spawn(confined.command()), timeout);
        } catch (SpawnFailed e) {
            throw new IOException(e.getMessage(), e);
        } finally {
            confined.cgroup().ifPresent(cgroup -> {
                cgroup.killAll();
                cgroup.remove();
            });
            confined.released().run();
        }
    }

    private static String output(ChildProcess child, Duration timeout) throws IOException {
        try {
            CompletableFuture<String> out = text(child.stdout());
            CompletableFuture<String> err = text(child.stderr());
            Exit exit = child.exit().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (!exit.isNormal()) {
                throw new IOException("it ended with " + exit + ": " + err.get().strip());
            }
            return out.get().strip();
        } catch (TimeoutException e) {
            throw new IOException("it did not end within " + timeout.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e);
        } finally {
            child.killTree();
            child.exit().join();
        }
    }

    private static CompletableFuture<String> text(InputStream from) {
        CompletableFuture<String> text = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try (from) {
                byte[] bytes = from.readNBytes(OUTPUT_BYTES_MAX);
                text.complete(new String(bytes, StandardCharsets.UTF_8));
            } catch (IOException _) {
                text.complete("");
            }
        });
        return text;
    }
}
