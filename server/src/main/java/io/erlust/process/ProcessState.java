package io.erlust.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel says a process does now: the third field of {@code /proc/PID/stat}. */
public final class ProcessState {
    private ProcessState() {}

    /** Somebody stopped it: SIGSTOP and the like. */
    public static boolean isStopped(long pid) {
        return of(pid) == 'T';
    }

    /** It is there, and not only as a zombie that nobody has fetched yet. */
    public static boolean isRunning(long pid) {
        char state = of(pid);
        return state != 'Z' && state != 'X';
    }

    private static char of(long pid) {
        try {
            Path file = Path.of("/proc", Long.toString(pid), "stat");
            String stat = Files.readString(file, StandardCharsets.ISO_8859_1);
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (IOException _) {
            return 'X';
        }
    }
}
