package io.erlust.nodes;

import io.erlust.json.Json;
import io.erlust.process.ChildProcess;
import io.erlust.process.Exit;
import io.erlust.time.MonotonicClock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A node from its start to its end: the process, its connection and its output. */
public final class RunningNode {
    private static final Logger log = LoggerFactory.getLogger(RunningNode.class);

    /** A node without a connection can do nothing for us: how long its process may go on. */
    private static final Duration WITHOUT_CONNECTION = Duration.ofSeconds(5);

    /** Its group is dead: how long its output may still come. */
    private static final Duration OUTPUT_PATIENCE = Duration.ofSeconds(2);

    /** What the node uses and what is put away after it. */
    record Parts(
            NodeDirectory directory,
            NodeSocket socket,
            HandFile hand,
            NodeLog output,
            NodeLogs logs) {}

    private final NodeSpec spec;
    private final ChildProcess child;
    private final NodeSession session;
    private final Parts parts;
    private final NodeListener listener;
    private final ScheduledExecutorService timer;
    private final LogPump stdout;
    private final LogPump stderr;
    private volatile boolean stopped;

    RunningNode(
            NodeSpec spec,
            ChildProcess child,
            NodeSession session,
            Parts parts,
            NodeListener listener,
            ScheduledExecutorService timer,
            MonotonicClock clock) {
        this.spec = spec;
        this.child = child;
        this.session = session;
        this.parts = parts;
        this.listener = listener;
        this.timer = timer;
        this.stdout = new LogPump(NodeLog.Source.STDOUT, child.stdout(), parts.output, clock);
        this.stderr = new LogPump(NodeLog.Source.STDERR, child.stderr(), parts.output, clock);
    }

    void begin() {
        thread("node").start(this::live);
    }

    private Thread.Builder.OfPlatform thread(String role) {
        return Thread.ofPlatform().daemon().name(role + "-" + spec.job() + "-" + spec.rank());
    }

    /**
     * Asks it to end: at once by a stop frame, after three quarters of the grace by SIGTERM, at its
     * end by SIGKILL. No item is charged.
     */
    public void stop(Duration grace) {
        stopped = true;
        session.stop(grace);
        long millis = grace.toMillis();
        try {
            var _ = timer.schedule(child::terminate, millis * 3 / 4, TimeUnit.MILLISECONDS);
            var _ = timer.schedule(child::killTree, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException _) {
            child.killTree(); // the server is closing: there is no later
        }
    }

    /** Ends it, tree and all, at once. No item is charged. */
    public void kill() {
        stopped = true;
        child.killTree();
    }

    private void live() {
        Thread out = thread("node-stdout").start(stdout);
        Thread err = thread("node-stderr").start(stderr);
        var _ = child.exit().thenRun(this::processEnded);
        listener.started(child.pid());
        String defect = null;
        try {
            session.run();
        } catch (InterruptedException | RuntimeException | Error e) { // its end must be told
            log.error("serving node {} of job {}", spec.rank(), spec.job(), e);
            defect = "the server failed to serve it: " + e;
        }
        Exit exit = awaitExit();
        join(out);
        join(err);
        end(exit, defect);
    }

    private void processEnded() {
        parts.directory.killEscaped();
        parts.socket.exited();
    }

    private Exit awaitExit() {
        while (true) {
            try {
                return child.exit().get(WITHOUT_CONNECTION.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException _) {
                child.killTree();
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException("nobody does that", e);
            }
        }
    }

    private static void join(Thread pump) {
        try {
            pump.join(OUTPUT_PATIENCE);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    private void end(Exit exit, @Nullable String defect) {
        List<String> lastLines = stderr.lastLines();
        Optional<String> fault = session.fault().or(() -> Optional.ofNullable(defect));
        Optional<String> charged = Optional.empty();
        try {
            session.settle();
            boolean charge = !exit.isNormal() && !stopped && !session.isDone() && defect == null;
            charged = session.giveBack(charge ? error(exit, fault, lastLines) : null);
            if (exit.isNormal()) {
                session.removeProducer();
            }
        } catch (InterruptedException | RuntimeException | Error e) {
            log.error("ending node {} of job {}", spec.rank(), spec.job(), e);
        }
        putAway();
        listener.ended(new NodeExit(exit, session.isDone(), stopped, fault, charged, lastLines));
        parts.directory.delete();
    }

    private ObjectNode error(Exit exit, Optional<String> fault, List<String> lastLines) {
        String message =
                "node " + spec.rank() + " ended with " + exit + " while it had this item in hand"
                        + fault.map(why -> " (" + why + ")").orElse("");
        return Json.object()
                .put("type", exit.toString())
                .put("message", message)
                .put("stack", String.join("\n", lastLines));
    }

    private void putAway() {
        try {
            parts.socket.close();
            parts.hand.close();
        } catch (IOException e) {
            log.warn("putting away node {} of job {}: {}", spec.rank(), spec.job(), e.toString());
        }
        parts.logs.release(parts.output);
    }
}
