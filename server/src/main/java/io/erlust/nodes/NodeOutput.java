package io.erlust.nodes;

import io.erlust.process.ChildProcess;
import io.erlust.time.MonotonicClock;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * What a process prints. It is read from the start, or a process that says much before it is a node
 * would be blocked; its beginning waits for the log of the node that it becomes.
 */
final class NodeOutput {
    /** Its processes are dead: how long its output may still come. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final LogPump stdout;
    private final LogPump stderr;
    private final List<Thread> threads;

    /** The node's, with the logs it is to be given back to. The process's thread only. */
    private @Nullable NodeLog log;

    private @Nullable NodeLogs logs;

    private NodeOutput(LogPump stdout, LogPump stderr, List<Thread> threads) {
        this.stdout = stdout;
        this.stderr = stderr;
        this.threads = threads;
    }

    /** Begins to read it. */
    static NodeOutput begin(ChildProcess child, MonotonicClock clock) {
        LogPump out = new LogPump(NodeLog.Source.STDOUT, child.stdout(), clock);
        LogPump err = new LogPump(NodeLog.Source.STDERR, child.stderr(), clock);
        String of = "-" + child.pid();
        return new NodeOutput(
                out,
                err,
                List.of(
                        Thread.ofPlatform().daemon().name("stdout" + of).start(out),
                        Thread.ofPlatform().daemon().name("stderr" + of).start(err)));
    }

    /** From now on it goes into the log of this node. */
    void attach(NodeLogs all, NodeSpec spec) throws IOException {
        NodeLog opened = all.open(spec.serial(), spec.run(), spec.rank());
        log = opened;
        logs = all;
        if (spec.restarts() > 0) {
            opened.note("--- node " + spec.rank() + " started again (restart " + spec.restarts()
                    + ")" + spec.before().map(exit -> ": " + exit).orElse(""));
        }
        stdout.into(opened);
        stderr.into(opened);
    }

    /** Its processes are dead: reads the rest; returns the last lines of stderr. */
    List<String> end() {
        try {
            for (Thread thread : threads) {
                thread.join(PATIENCE);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
        if (log != null && logs != null) {
            logs.release(log);
        }
        return stderr.lastLines();
    }
}
