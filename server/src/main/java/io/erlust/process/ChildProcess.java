package io.erlust.process;

import java.io.InputStream;
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

    /** Asks the whole group to end: SIGTERM. */
    public synchronized void terminate() {
        if (!ended && !signalGroup(Signals.TERM)) {
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
