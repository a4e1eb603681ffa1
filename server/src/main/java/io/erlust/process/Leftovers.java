package io.erlust.process;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * Finds processes by a path in their environment, which they keep whatever session or group they
 * moved to: what an earlier life of the server left behind, and what escaped from a node's group.
 */
public final class Leftovers {
    private static final Logger log = LoggerFactory.getLogger(Leftovers.class);
    private static final int ROUNDS_MAX = 20;
    private static final int WAIT_SECONDS = 5;

    private Leftovers() {}

    /**
     * Kills every process whose environment has {@code name} set to a path in {@code directory},
     * and waits until they are gone. Repeats until none is found: a process may fork meanwhile.
     *
     * @return how many were killed
     */
    public static int kill(String name, Path directory) {
        String wanted = name + "=" + directory + "/";
        int killed = 0;
        for (int round = 0; round < ROUNDS_MAX; round++) {
            List<ProcessHandle> found = find(wanted);
            if (found.isEmpty()) {
                return killed;
            }
            killed += found.size();
            found.forEach(ProcessHandle::destroyForcibly);
            awaitEnd(found);
        }
        log.warn("processes of {} are still there after {} SIGKILLs", directory, ROUNDS_MAX);
        return killed;
    }

    private static List<ProcessHandle> find(String wanted) {
        List<ProcessHandle> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
            for (Path process : all) {
                long pid = Long.parseLong(process.getFileName().toString());
                if (hasVariable(pid, wanted)) {
                    // the handle remembers the start time, so a pid used again is never killed
                    ProcessHandle.of(pid)
                            .filter(handle -> isOther(handle, wanted))
                            .ifPresent(found::add);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            log.warn("can't look for leftover processes in /proc: {}", e.toString());
        }
        return found;
    }

    private static boolean isOther(ProcessHandle handle, String wanted) {
        return !handle.equals(ProcessHandle.current()) && hasVariable(handle.pid(), wanted);
    }

    private static boolean hasVariable(long pid, String wanted) {
        try {
            byte[] bytes = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "environ"));
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            return text.startsWith(wanted) || text.contains('\0' + wanted);
        } catch (IOException _) {
            return false; // it ended, is a zombie, or belongs to somebody else
        }
    }

    private static void awaitEnd(List<ProcessHandle> processes) {
        CompletableFuture<?>[] ends =
                processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(ends)
                    .orTimeout(WAIT_SECONDS, TimeUnit.SECONDS)
                    .join();
        } catch (CompletionException _) {
            log.warn("{} killed processes still run after {} s", processes.size(), WAIT_SECONDS);
        }
    }
}
