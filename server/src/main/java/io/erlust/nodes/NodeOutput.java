package io.erlust.nodes;

import io.erlust.process.ChildProcess;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** What a node prints, on its way into its log. */
final class NodeOutput {
    /** Its processes are dead: how long its output may still come. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final NodeLogs logs;
    private final NodeLog log;
    private final LogPump stderr;
    private final List<Thread> threads;

    private NodeOutput(NodeLogs logs, NodeLog log, LogPump stderr, List<Thread> threads) {
        this.logs = logs;
        this.log = log;
        this.stderr = stderr;
        this.threads = threads;
    }

    /** Begins to read it. */
    static NodeOutput begin(NodeHost host, NodeSpec spec, ChildProcess child) throws IOException {
        NodeLog log = host.logs().open(spec.serial(), spec.run(), spec.rank());
        if (spec.restarts() > 0) {
            log.note("--- node " + spec.rank() + " started again (restart " + spec.restarts() + ")"
                    + spec.before().map(exit -> ": " + exit).orElse(""));
        }
        LogPump out = new LogPump(NodeLog.Source.STDOUT, child.stdout(), log, host.clock());
        LogPump err = new LogPump(NodeLog.Source.STDERR, child.stderr(), log, host.clock());
        return new NodeOutput(
                host.logs(),
                log,
                err,
                List.of(
                        thread("stdout", spec).start(out),
                        thread("stderr", spec).start(err)));
    }

    private static Thread.Builder thread(String stream, NodeSpec spec) {
        return Thread.ofPlatform()
                .daemon()
                .name("node-" + stream + "-" + spec.job() + "-" + spec.rank());
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
        logs.release(log);
        return stderr.lastLines();
    }
}
