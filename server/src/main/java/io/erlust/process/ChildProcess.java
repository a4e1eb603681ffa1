package io.erlust.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * A process of ours and the group it leads. Its exit is known from the kernel, not from the end of
 * its output: a grandchild may hold the pipes open. When it exits, the rest of its group is killed
 * before anybody is told.
 */
public final class ChildProcess {
    private final Process process;
    private final boolean leads;
    private final CompletableFuture<Exit> exit = new CompletableFuture<>();

    /**
     * Guarded by this: the pid may be somebody else's afterwards, so nothing is signalled any more.
     */
    private boolean ended;

    ChildProcess(Process process, boolean leads) {
        this.process = process;
        this.leads = leads;
        Thread.ofVirtual().name("exit-" + process.pid()).start(this::awaitExit);
    }

    private void awaitExit() {
        int value;
        while (true) {
            try {
                value = process.waitFor();
                break;
            } catch (InterruptedException _) {
                // nobody interrupts this thread; go on
            }
        }
        synchronized (this) {
            signalGroup(Signals.KILL);
            ended = true;
        }
        exit.complete(Exit.of(value));
    }

    public long pid() {
        return process.pid();
    }

    /**
     * The pid of its first child, that one's first child, and so on. Empty when it has none.
     *
     * @param depth how many generations down; 0 is this process
     */
    public OptionalLong descendant(int depth) {
        long pid = pid();
        for (int i = 0; i < depth; i++) {
            Path children = Path.of("/proc", pid + "/task/" + pid + "/children");
            try {
                String first = Files.readString(children).split(" ", 2)[0];
                if (first.isEmpty()) {
                    return OptionalLong.empty();
                }
                pid = Long.parseLong(first);
            } catch (IOException _) {
                return OptionalLong.empty(); // it has ended
            }
        }
        return OptionalLong.of(pid);
    }

    public InputStream stdout() {
        return process.getInputStream();
    }

    public InputStream stderr() {
        return process.getErrorStream();
    }

    /** Completes when it has exited and its group has been killed; never exceptionally. */
    public CompletableFuture<Exit> exit() {
        return exit.copy();
    }

    public synchronized boolean hasEnded() {
        return ended;
    }

    /**
     * Asks it to end: SIGTERM to its whole group.
     *
     * @param depth when it is not 0: to that descendant alone, instead
     */
    public synchronized void terminate(int depth) {
        if (ended) {
            return;
        }
        if (depth > 0) {
            descendant(depth).stream()
                    .mapToObj(ProcessHandle::of)
                    .flatMap(Optional::stream)
                    .forEach(ProcessHandle::destroy);
        } else if (!signalGroup(Signals.TERM)) {
            process.destroy();
        }
    }

    /** Ends the whole group at once: SIGKILL. */
    public synchronized void killTree() {
        if (ended) {
            return;
        }
        if (!leads) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
        }
        if (!signalGroup(Signals.KILL)) {
            // in its first moments it does not lead its group yet
            process.destroyForcibly();
        }
    }

    private boolean signalGroup(int signal) {
        return leads && Signals.sendToGroup(process.pid(), signal);
    }
}
