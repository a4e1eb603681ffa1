package io.erlust.nodes;

import io.erlust.nodes.sandbox.Cgroup;
import io.erlust.nodes.sandbox.Guest;
import io.erlust.process.ChildProcess;
import io.erlust.process.Command;
import io.erlust.process.Exit;
import io.erlust.process.ProcessState;
import io.erlust.process.SpawnFailed;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * A process that can be a node: it starts, says hello, waits for the one node it will be, is it,
 * and is put away. One thread of its own leads it through all of that.
 */
final class NodeProcess {
    private static final Logger log = LoggerFactory.getLogger(NodeProcess.class);

    /** A process without a connection can do nothing for us: how long it may go on. */
    private static final int WITHOUT_CONNECTION_S = 5;

    private static final int END_LOOKS_MAX = 2000;

    /** The server's end of its connection, once it has said hello. */
    record Connection(
            NodeSocket socket,
            FrameReader reader,
            HandFile hand,
            boolean keepsHand,
            boolean network) {}

    /** Told once, by the process's own thread: it waits for its node, or why it never will. */
    record Greeting(Consumer<NodeProcess> ready, BiConsumer<ProcessSetting, NodeExit> failed) {}

    private final NodeHost host;
    private final ProcessSetting setting;
    private final NodeParts parts;
    private final ChildProcess child;
    private final NodeOutput output;

    /** Completes when nothing of it runs any more. */
    private final CompletableFuture<Exit> exited;

    private final CompletableFuture<Optional<RunningNode>> node = new CompletableFuture<>();
    private final CompletableFuture<Boolean> gone = new CompletableFuture<>();
    private final AtomicReference<@Nullable String> killedFor = new AtomicReference<>();
    private volatile @Nullable Connection connection;
    private volatile long pid;

    /** The sandbox's process 1: when it has ended, so has everything in there. */
    private volatile long first;

    private NodeProcess(
            NodeHost host, ProcessSetting setting, NodeParts parts, ChildProcess child) {
        this.host = host;
        this.setting = setting;
        this.parts = parts;
        this.child = child;
        this.output = NodeOutput.begin(child, host.clock());
        exited = child.exit().thenApply(this::ended);
    }

    /**
     * Starts one; returns when the kernel has it.
     *
     * @throws LanguageMissing when its interpreter is not installed
     * @throws SpawnFailed when the machine can't start another process
     */
    static NodeProcess start(NodeHost host, ProcessSetting setting, Greeting greeting) {
        NodeParts parts;
        try {
            parts = NodeParts.make(host);
        } catch (IOException e) {
            throw new SpawnFailed("a node can't be started: " + e.getMessage(), e);
        }
        ChildProcess child = null;
        try {
            Command command = parts.confine(host, guest(host, setting, parts.directory));
            child = host.spawner().spawn(command);
            NodeProcess process = new NodeProcess(host, setting, parts, child);
            Thread.ofPlatform()
                    .daemon()
                    .name("node-" + parts.directory.path().getFileName())
                    .start(() -> process.live(greeting));
            return process;
        } catch (IOException | RuntimeException | Error e) {
            if (child != null) {
                child.killTree();
                child.exit().join();
            }
            parts.putAway();
            if (e instanceof RuntimeException known) {
                throw known;
            }
            throw new SpawnFailed("a node can't be started: " + e.getMessage(), e);
        }
    }

    private static Guest guest(NodeHost host, ProcessSetting setting, NodeDirectory directory) {
        Language language = host.languages().get(setting.language());
        Map<String, String> env = new TreeMap<>(setting.env());
        env.keySet().removeIf(name -> name.startsWith("ERLUST_"));
        // of two search paths, the library's comes first
        language.env(host.isolation().library(directory.place()))
                .forEach((name, value) -> env.merge(name, value, (job, own) -> own + ":" + job));
        return new Guest(
                language.command(), env, language.readable(), setting.network(), setting.limits());
    }

    ProcessSetting setting() {
        return setting;
    }

    NodeOutput output() {
        return output;
    }

    /** The connection; there is one when it is ready. */
    Connection connection() {
        Connection open = connection;
        if (open == null) {
            throw new IllegalStateException("it has not said hello");
        }
        return open;
    }

    boolean hasGreeted() {
        return connection != null;
    }

    /** The program's own pid, inside of whatever sandbox; known when it is ready. */
    long pid() {
        return pid;
    }

    /** Makes it this node. False when it has ended, or was given away. */
    boolean become(RunningNode wanted) {
        return node.complete(Optional.of(wanted));
    }

    /** Nobody needs it. */
    void discard() {
        node.complete(Optional.empty());
    }

    /** Completes when nothing of it is left. */
    CompletableFuture<Boolean> gone() {
        return gone.copy();
    }

    // --- signals -----------------------------------------------------------------------------

    /** Asks the program to end: SIGTERM. */
    void terminate() {
        child.terminate(parts.depth());
    }

    /** Kills everything of it at once. The first reason is the one that is told. */
    void kill(String reason) {
        if (!child.hasEnded()) {
            killedFor.compareAndSet(null, reason);
            child.killTree();
        }
    }

    /** Why we killed it. */
    Optional<String> killedFor() {
        return Optional.ofNullable(killedFor.get());
    }

    boolean ranOutOfMemory() {
        return parts.cgroup().map(Cgroup::ranOutOfMemory).orElse(false);
    }

    /** Whether its program does not run because somebody stopped it (SIGSTOP). */
    boolean isStopped() {
        return ProcessState.isStopped(pid);
    }

    // --- its life ----------------------------------------------------------------------------

    private void live(Greeting greeting) {
        try {
            if (greet()) {
                greeting.ready.accept(this);
            } else {
                node.complete(Optional.empty());
                greeting.failed.accept(setting, unused());
            }
            node.join().ifPresent(becomes -> becomes.live(this));
        } finally {
            child.killTree();
            awaitExit();
            parts.putAway();
            gone.complete(true);
        }
    }

    /** The kernel says that it has ended; what it started ends with it, before anybody is told. */
    private Exit ended(Exit exit) {
        if (parts.cgroup().isPresent()) {
            parts.cgroup().get().killAll();
        } else {
            for (int i = 0; i < END_LOOKS_MAX && ProcessState.isRunning(first); i++) {
                LockSupport.parkNanos(1_000_000);
            }
        }
        if (!host.isolation().endsWhole()) {
            parts.directory.killEscaped();
        }
        node.complete(Optional.empty()); // unless it is one already
        parts.socket.exited();
        return exit;
    }

    /** How it ended that was no node. */
    NodeExit unused() {
        Exit exit = awaitExit();
        return NodeExit.unused(killedFor().orElse(exit.toString()), output.end());
    }

    /** True when it said hello. */
    private boolean greet() {
        try {
            parts.socket.expectWithin(setting.startTimeout());
            if (!parts.socket.accept()) {
                return false;
            }
            FrameReader reader = new FrameReader(parts.socket);
            Header header = reader.header();
            if (header == null) {
                return false;
            }
            if (!header.op().equals("hello")) {
                throw new ProtocolViolation("expected the op hello first, got " + header.op());
            }
            header.version();
            parts.socket.expectNothing();
            pid = child.descendant(parts.depth()).orElse(child.pid());
            first = child.descendant(Math.max(0, parts.depth() - 1)).orElse(0);
            boolean network = setting.network() || !host.isolation().closesNetwork();
            connection =
                    new Connection(parts.socket, reader, parts.hand, header.keepsHand(), network);
            return true;
        } catch (SilentNode _) {
            kill(NodeExit.START_TIMEOUT);
        } catch (ProtocolViolation e) {
            killedFor.compareAndSet(null, NodeExit.PROTOCOL + e.getMessage());
            refuse(e);
        } catch (IOException e) {
            log.debug("a node's first words: {}", e.toString());
        }
        return false;
    }

    private void refuse(ProtocolViolation why) {
        try {
            parts.socket.write(
                    ByteBuffer.wrap(Outbound.control(Refusal.of(why).frame()).bytes()));
            parts.socket.disconnect();
        } catch (IOException e) {
            log.debug("a node that is refused: {}", e.toString());
        }
    }

    /** For a node whose connection has ended. */
    Exit awaitExit() {
        while (true) {
            try {
                return exited.get(WITHOUT_CONNECTION_S, TimeUnit.SECONDS);
            } catch (TimeoutException _) {
                kill(NodeExit.PROTOCOL + "it went on after it had closed its connection");
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException("nobody does that", e);
            }
        }
    }
}
