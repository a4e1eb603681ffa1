package io.erlust.nodes;

import io.erlust.nodes.sandbox.Cgroup;
import io.erlust.nodes.sandbox.Confined;
import io.erlust.nodes.sandbox.Guest;
import io.erlust.process.ChildProcess;
import io.erlust.process.Exit;
import io.erlust.process.SpawnFailed;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
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

    private static final int STDERR_BYTES_MAX = 2000;

    /** The server's end of its connection, once it has said hello. */
    record Connection(NodeSocket socket, FrameReader reader, HandFile hand, boolean keepsHand) {}

    /** Told once, by the process's own thread: it waits for its node, or why it never will. */
    record Greeting(Consumer<NodeProcess> ready, BiConsumer<ProcessSetting, NodeExit> failed) {}

    private final NodeHost host;
    private final ProcessSetting setting;
    private final NodeDirectory directory;
    private final NodeSocket socket;
    private final HandFile hand;
    private final ChildProcess child;
    private final Optional<Cgroup> cgroup;
    private final int depth;
    private final CompletableFuture<Optional<RunningNode>> node = new CompletableFuture<>();
    private final CompletableFuture<Boolean> gone = new CompletableFuture<>();
    private final AtomicReference<@Nullable String> killedFor = new AtomicReference<>();
    private volatile @Nullable Connection connection;
    private volatile long pid;

    private NodeProcess(
            NodeHost host,
            ProcessSetting setting,
            NodeDirectory directory,
            NodeSocket socket,
            HandFile hand,
            ChildProcess child,
            Confined confined) {
        this.host = host;
        this.setting = setting;
        this.directory = directory;
        this.socket = socket;
        this.hand = hand;
        this.child = child;
        this.cgroup = confined.cgroup();
        this.depth = confined.depth();
    }

    /**
     * Starts one; returns when the kernel has it.
     *
     * @throws LanguageMissing when its interpreter is not installed
     * @throws SpawnFailed when the machine can't start another process
     */
    static NodeProcess start(NodeHost host, ProcessSetting setting, Greeting greeting) {
        Language language = host.languages().get(setting.language());
        NodeDirectory directory = null;
        NodeSocket socket = null;
        HandFile hand = null;
        Confined confined = null;
        try {
            directory = host.runtime().newNode();
            socket = new NodeSocket(directory.socket(), host.clock());
            hand = new HandFile(directory.hand());
            Guest guest = guest(host, setting, language, directory);
            confined = host.isolation().confine(directory.place(), guest);
            ChildProcess child = host.spawner().spawn(confined.command());
            NodeProcess process =
                    new NodeProcess(host, setting, directory, socket, hand, child, confined);
            Thread.ofPlatform()
                    .daemon()
                    .name("node-" + directory.path().getFileName())
                    .start(() -> process.live(greeting));
            return process;
        } catch (IOException | RuntimeException e) {
            putAway(
                    directory,
                    socket,
                    hand,
                    confined == null ? Optional.empty() : confined.cgroup());
            if (e instanceof RuntimeException known) {
                throw known;
            }
            throw new SpawnFailed("a node can't be started: " + e.getMessage(), e);
        }
    }

    private static Guest guest(
            NodeHost host, ProcessSetting setting, Language language, NodeDirectory directory) {
        Map<String, String> env = new TreeMap<>(setting.env());
        env.keySet().removeIf(name -> name.startsWith("ERLUST_"));
        env.putAll(language.env(host.isolation().library(directory.place())));
        return new Guest(
                language.command(), env, language.readable(), setting.network(), setting.limits());
    }

    ProcessSetting setting() {
        return setting;
    }

    ChildProcess child() {
        return child;
    }

    /** The connection; there is one when it is ready. */
    Connection connection() {
        Connection open = connection;
        if (open == null) {
            throw new IllegalStateException("it has not said hello");
        }
        return open;
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
        child.terminate(depth);
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
        return cgroup.map(Cgroup::ranOutOfMemory).orElse(false);
    }

    /** Whether its program does not run because somebody stopped it (SIGSTOP). */
    boolean isStopped() {
        try {
            String stat = Files.readString(
                    Path.of("/proc", Long.toString(pid()), "stat"), StandardCharsets.ISO_8859_1);
            return stat.startsWith(") T", stat.lastIndexOf(')'));
        } catch (IOException _) {
            return false; // it has ended
        }
    }

    // --- its life ----------------------------------------------------------------------------

    private void live(Greeting greeting) {
        var _ = child.exit().thenRun(this::ended);
        if (greet()) {
            greeting.ready.accept(this);
        } else {
            node.complete(Optional.empty());
            Exit exit = awaitExit();
            String reason = killedFor().orElse(exit.toString());
            greeting.failed.accept(setting, NodeExit.unused(reason, lastWords()));
        }
        Optional<RunningNode> becomes = node.join();
        if (becomes.isPresent()) {
            becomes.get().live(this);
        } else {
            child.killTree();
            awaitExit();
        }
        putAway(directory, socket, hand, cgroup);
        gone.complete(true);
    }

    /** The kernel says so; what it started ends with it. */
    private void ended() {
        cgroup.ifPresent(Cgroup::killAll);
        if (!host.isolation().endsWhole()) {
            directory.killEscaped();
        }
        node.complete(Optional.empty()); // unless it is one already
        socket.exited();
    }

    /** True when it said hello. */
    private boolean greet() {
        try {
            socket.expectWithin(host.startTimeout());
            if (!socket.accept()) {
                return false;
            }
            FrameReader reader = new FrameReader(socket);
            Header header = reader.header();
            if (header == null) {
                return false;
            }
            if (!header.op().equals("hello")) {
                throw new ProtocolViolation("expected the op hello first, got " + header.op());
            }
            header.version();
            socket.expectNothing();
            pid = child.descendant(depth).orElse(child.pid());
            connection = new Connection(socket, reader, hand, header.keepsHand());
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
            socket.write(
                    ByteBuffer.wrap(Outbound.control(Refusal.of(why).frame()).bytes()));
            socket.disconnect();
        } catch (IOException e) {
            log.debug("a node that is refused: {}", e.toString());
        }
    }

    /** What a process that never became a node had to say; it has ended. */
    private List<String> lastWords() {
        try (InputStream from = child.stderr()) {
            byte[] words = new byte[Math.min(from.available(), STDERR_BYTES_MAX)];
            int n = Math.max(0, from.read(words));
            return LogText.clean(Arrays.copyOf(words, n)).lines().toList();
        } catch (IOException e) {
            return List.of("(its output can't be read: " + e.getMessage() + ")");
        }
    }

    /** For a node whose connection has ended. */
    Exit awaitExit() {
        while (true) {
            try {
                return child.exit().get(WITHOUT_CONNECTION_S, TimeUnit.SECONDS);
            } catch (TimeoutException _) {
                kill(NodeExit.PROTOCOL + "it went on after it had closed its connection");
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException("nobody does that", e);
            }
        }
    }

    private static void putAway(
            @Nullable NodeDirectory directory,
            @Nullable NodeSocket socket,
            @Nullable HandFile hand,
            Optional<Cgroup> cgroup) {
        try {
            if (socket != null) {
                socket.close();
            }
            if (hand != null) {
                hand.close();
            }
        } catch (IOException e) {
            log.warn("putting a node away: {}", e.toString());
        }
        if (directory != null) {
            directory.delete();
        }
        cgroup.ifPresent(Cgroup::remove);
    }
}
