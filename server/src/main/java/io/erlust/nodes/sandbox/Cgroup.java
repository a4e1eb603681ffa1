package io.erlust.nodes.sandbox;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * A group of processes that the kernel keeps together: whatever they fork is in it too, in any
 * session, and has the same limits. In version 1 it is one directory in each hierarchy.
 */
public final class Cgroup {
    private static final Logger log = LoggerFactory.getLogger(Cgroup.class);
    private static final String PROCESSES = "cgroup.procs";
    private static final String PIDS_MAX = "pids.max";

    /** With the pauses between them, about 5, 2 and 60 seconds. */
    private static final int KILL_ROUNDS_MAX = 105;

    private static final int REMOVE_ROUNDS_MAX = 45;
    private static final int LATE_REMOVE_ROUNDS_MAX = 1200;
    private static final int PAUSE_MILLIS_MAX = 50;

    private final List<Path> directories;

    Cgroup(Collection<Path> directories) {
        this.directories = List.copyOf(directories);
    }

    /**
     * A process that writes 0 to each of these, one after the other, is in it. It must do so before
     * it runs anything else, and end if it can't: then the cgroup has been removed.
     */
    public List<Path> joinFiles() {
        return directories.stream()
                .map(directory -> directory.resolve(PROCESSES))
                .toList();
    }

    /**
     * Whether the kernel killed a process of it for want of memory. Told by memory.events of
     * version 2 (cgroup-v2.rst), memory.oom_control of version 1 (cgroup-v1/memory.rst).
     */
    public boolean ranOutOfMemory() {
        return tree().stream()
                .flatMap(cgroup -> List.of("memory.events", "memory.oom_control").stream()
                        .flatMap(file -> lines(cgroup.resolve(file)).stream()))
                .anyMatch(line -> line.startsWith("oom_kill ") && !line.equals("oom_kill 0"));
    }

    /** Whether no process is in it or below; a zombie does not count. */
    public boolean isEmpty() {
        return directories.stream().allMatch(Cgroup::isEmpty);
    }

    private static boolean isEmpty(Path directory) {
        List<String> events = lines(directory.resolve("cgroup.events"));
        if (!events.isEmpty()) {
            return events.contains("populated 0");
        }
        return tree(directory).stream()
                .allMatch(cgroup -> lines(cgroup.resolve(PROCESSES)).isEmpty());
    }

    /**
     * Kills all processes in it and below; returns when they are gone, or with a warning after
     * about 5 seconds. Nothing can run in it afterwards.
     *
     * @return how many there were
     */
    public int killAll() {
        Set<Long> killed = new HashSet<>();
        for (int round = 0; round < KILL_ROUNDS_MAX; round++) {
            if (isEmpty()) {
                return killed.size();
            }
            stopForks();
            killed.addAll(killOnce());
            pause(round);
        }
        log.warn(
                "{} still has processes after {} SIGKILLs to each: {}; nothing of it is used again",
                this,
                KILL_ROUNDS_MAX,
                processes().keySet());
        return killed.size();
    }

    /** A fork is refused, a process that is killed can't be replaced (cgroup-v1/pids.rst). */
    private void stopForks() {
        for (Path directory : directories) {
            if (Files.exists(directory.resolve(PIDS_MAX))) {
                writeIfPossible(directory.resolve(PIDS_MAX), "0");
            }
        }
    }

    private Set<Long> killOnce() {
        Map<Long, ProcessHandle> found = processes();
        Set<Long> pids = Set.copyOf(found.keySet());
        for (Path directory : directories) {
            Path kill = directory.resolve("cgroup.kill");
            if (Files.exists(kill)) {
                // all of the subtree at once, whatever forks meanwhile (cgroup-v2.rst)
                writeIfPossible(kill, "1");
            }
        }
        // a handle remembers its process's start, and that was read before this look: whatever has
        // the same pid outside of the cgroup is not killed
        found.keySet().retainAll(processes().keySet());
        found.values().forEach(ProcessHandle::destroyForcibly);
        return pids;
    }

    private Map<Long, ProcessHandle> processes() {
        Map<Long, ProcessHandle> processes = new TreeMap<>();
        for (Path cgroup : tree()) {
            for (String line : lines(cgroup.resolve(PROCESSES))) {
                // 0: in a pid namespace that this process does not see
                ProcessHandle.of(Long.parseLong(line))
                        .filter(process -> !process.equals(ProcessHandle.current()))
                        .ifPresent(process -> processes.put(process.pid(), process));
            }
        }
        return processes;
    }

    /**
     * Removes it and all below. The kernel may have much memory to take back first: what can't be
     * removed within 2 seconds is tried again for a minute, in the background.
     */
    public void remove() {
        if (!removed(REMOVE_ROUNDS_MAX).isEmpty()) {
            Thread.ofVirtual().name("cgroup-remover").start(() -> {
                List<IOException> refusals = removed(LATE_REMOVE_ROUNDS_MAX);
                if (!refusals.isEmpty()) {
                    log.warn(
                            "can't remove {}: {}, processes {} are in it; when they have ended,"
                                    + " remove it with rmdir",
                            this,
                            refusals,
                            processes().keySet());
                }
            });
        }
    }

    /** Why it is still there. */
    private List<IOException> removed(int rounds) {
        List<IOException> refusals = List.of();
        for (int round = 0; round < rounds; round++) {
            refusals = removeOnce();
            if (refusals.isEmpty()) {
                break;
            }
            pause(round);
        }
        return refusals;
    }

    private List<IOException> removeOnce() {
        List<IOException> refusals = new ArrayList<>();
        for (Path cgroup : tree().reversed()) {
            try {
                Files.deleteIfExists(cgroup);
            } catch (IOException e) {
                refusals.add(e); // EBUSY while a process that was killed is still ending
            }
        }
        return refusals;
    }

    /** All directories of it, each before those below. */
    private List<Path> tree() {
        return directories.stream()
                .flatMap(directory -> tree(directory).stream())
                .toList();
    }

    static List<Path> tree(Path directory) {
        List<Path> tree = new ArrayList<>();
        if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            tree.add(directory);
        }
        for (int i = 0; i < tree.size(); i++) {
            tree.addAll(children(tree.get(i)));
        }
        return tree;
    }

    static List<Path> children(Path cgroup) {
        List<Path> children = new ArrayList<>();
        try {
            // a directory has a link from itself, one from above, and one from each below
            if (Integer.valueOf(2).equals(Files.getAttribute(cgroup, "unix:nlink"))) {
                return children;
            }
            try (DirectoryStream<Path> all = Files.newDirectoryStream(
                    cgroup, each -> Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS))) {
                all.forEach(children::add);
            }
        } catch (IOException | DirectoryIteratorException e) {
            log.debug("{} was removed meanwhile: {}", cgroup, e.toString());
        }
        return children;
    }

    /** Empty when the cgroup has been removed or has no such file. */
    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException _) {
            return List.of();
        } catch (IOException e) {
            if (Files.exists(file)) {
                log.warn("can't read {}: {}", file, e.toString());
            }
            return List.of();
        }
    }

    static void writeIfPossible(Path file, String value) {
        try {
            Files.writeString(file, value);
        } catch (IOException e) {
            if (Files.exists(file)) {
                log.warn("can't write {} to {}: {}", value, file, e.toString());
            }
        }
    }

    /** Longer each time. An interrupt is kept for the caller: what was begun has to be ended. */
    private static void pause(int round) {
        boolean interrupted = Thread.interrupted();
        try {
            TimeUnit.MILLISECONDS.sleep(Math.min(1 << Math.min(round, 10), PAUSE_MILLIS_MAX));
        } catch (InterruptedException _) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return "cgroup " + directories;
    }
}
