package io.erlust.nodes;

import io.erlust.json.Json;
import io.erlust.process.Exit;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** One node of a job: waits for its process, is served on it, and ends with it. */
public final class RunningNode {
    private static final Logger log = LoggerFactory.getLogger(RunningNode.class);

    private record Served(NodeProcess process, NodeSession session) {}

    private final NodeSpec spec;
    private final NodePool pool;
    private final NodeHost host;
    private final NodeStores stores;
    private final NodeListener listener;
    private final Watch watch;

    /** Once it has a process. Guarded by this, as is the field below. */
    private @Nullable Served served;

    /** The word of the first request to stop. */
    private @Nullable String stopped;

    RunningNode(
            NodeSpec spec, NodePool pool, NodeHost host, NodeStores stores, NodeListener listener) {
        this.spec = spec;
        this.pool = pool;
        this.host = host;
        this.stores = stores;
        this.listener = listener;
        this.watch = new Watch(spec.itemTimeout());
    }

    ProcessSetting setting() {
        return spec.setting();
    }

    /** There will be no process for it. */
    void failed(NodeExit exit) {
        listener.ended(exit);
    }

    /**
     * Asks it to end: at once by a stop frame, after three quarters of the grace by SIGTERM, at its
     * end by SIGKILL. No item is charged.
     *
     * @param why the word that is told as its reason, if it ends within the grace
     */
    public void stop(Duration grace, String why) {
        Served now = stopping(why);
        if (now != null) {
            now.session.stop(grace);
            pool.after(grace.multipliedBy(3).dividedBy(4), now.process::terminate);
            pool.after(grace, () -> now.process.kill(NodeExit.KILLED));
        }
    }

    /** Ends it, tree and all, at once. No item is charged. */
    public void kill() {
        Served now = stopping(NodeExit.KILLED);
        if (now != null) {
            now.process.kill(NodeExit.KILLED);
        }
    }

    /** If it waits for a process, its end is told; if it gets one now, that is killed. */
    private @Nullable Served stopping(String why) {
        synchronized (this) {
            boolean isDone = served != null && served.session.isDone();
            if (stopped == null && !isDone) {
                stopped = why;
            }
            if (served != null) {
                return served;
            }
        }
        if (pool.withdraw(this)) {
            listener.ended(NodeExit.unused(why, List.of()));
        }
        return null;
    }

    /** Kills it if it will not go on; the item in hand is charged. */
    void look(long sinceNanos) {
        Served now;
        synchronized (this) {
            now = served;
        }
        if (now != null) {
            Watch.Sight sight = new Watch.Sight(
                    now.process.isStopped(), now.session.inHand(), now.session.handFileHasGrown());
            watch.look(sight, sinceNanos).ifPresent(now.process::kill);
        }
    }

    // --- on the thread of its process --------------------------------------------------------

    /** Is this process, from now to its end. */
    void live(NodeProcess process) {
        NodeExit exit;
        try {
            exit = lived(process);
        } catch (RuntimeException | Error e) { // whatever it is: its end must be told
            log.error("node {} of job {}", spec.rank(), spec.job(), e);
            process.kill(NodeExit.KILLED);
            process.awaitExit();
            exit = NodeExit.unused(NodeExit.START_FAILED + e, List.of());
        }
        pool.unwatch(this);
        listener.ended(exit);
    }

    private NodeExit lived(NodeProcess process) {
        NodeSession session = new NodeSession(spec, stores, listener, process.connection());
        synchronized (this) {
            if (stopped != null) {
                process.kill(stopped);
                process.awaitExit();
                return NodeExit.unused(stopped, List.of());
            }
            served = new Served(process, session);
        }
        session.begin();
        listener.started(process.pid());
        pool.watch(this);
        boolean keepsLog = keepsLog(process);
        String defect = serve(session);
        Exit exit = process.awaitExit();
        List<String> lastLines = process.output().end();
        String reason = reason(process, session, exit, defect);
        boolean charge = !exit.isNormal()
                && stopped().isEmpty()
                && !session.isDone()
                && defect == null
                && keepsLog;
        Optional<String> charged =
                settle(session, exit, charge ? error(exit, reason, lastLines) : null);
        return new NodeExit(reason, charged, lastLines);
    }

    /** After the node was sent off: what it prints waits meanwhile. False when it is killed. */
    private boolean keepsLog(NodeProcess process) {
        try {
            process.output().attach(host.logs(), spec);
            return true;
        } catch (IOException e) {
            String why = "its log can't be written: " + e.getMessage();
            process.kill(NodeExit.START_FAILED + why);
            return false;
        }
    }

    /** What went wrong on our side. */
    private @Nullable String serve(NodeSession session) {
        try {
            session.run();
            return null;
        } catch (InterruptedException | RuntimeException | Error e) { // its end must be told
            log.error("serving node {} of job {}", spec.rank(), spec.job(), e);
            return "the server failed to serve it: " + e;
        }
    }

    private String reason(
            NodeProcess process, NodeSession session, Exit exit, @Nullable String defect) {
        Optional<String> known = session.fault()
                .map(NodeExit.PROTOCOL::concat)
                .or(() -> Optional.ofNullable(defect))
                .or(process::killedFor)
                .or(this::stopped);
        if (known.isPresent()) {
            return known.get();
        }
        return exit.isKilled() && process.ranOutOfMemory()
                ? NodeExit.OUT_OF_MEMORY
                : exit.toString();
    }

    private synchronized Optional<String> stopped() {
        return Optional.ofNullable(stopped);
    }

    /** Applies the rest of what it sent, gives back its items; which one is charged. */
    private Optional<String> settle(NodeSession session, Exit exit, @Nullable ObjectNode error) {
        try {
            session.settle();
            Optional<String> charged = session.giveBack(error);
            if (exit.isNormal()) {
                session.removeProducer();
            }
            return charged;
        } catch (InterruptedException | RuntimeException | Error e) {
            log.error("ending node {} of job {}", spec.rank(), spec.job(), e);
            return Optional.empty();
        }
    }

    private ObjectNode error(Exit exit, String reason, List<String> lastLines) {
        String why = reason.equals(exit.toString()) ? reason : reason + " (" + exit + ")";
        return Json.object()
                .put("type", reason)
                .put(
                        "message",
                        "node " + spec.rank() + " ended with " + why
                                + " while it had this item in hand")
                .put("stack", String.join("\n", lastLines));
    }
}
