package io.erlust.nodes;

import io.erlust.process.ChildProcess;
import io.erlust.process.Command;
import io.erlust.process.SpawnFailed;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** Starts nodes. */
public final class NodePool implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodePool.class);

    private final NodeHost host;
    private final NodeStores stores;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("node-timer").factory());

    public NodePool(NodeHost host, NodeStores stores) {
        this.host = host;
        this.stores = stores;
        host.languages().warmUp();
    }

    /**
     * Starts a node and returns; the listener is told how it goes on. When this throws, the
     * listener is told nothing.
     *
     * @throws UnknownLanguage when there is no such language
     * @throws LanguageMissing when its interpreter is not installed
     * @throws SpawnFailed when the machine can't start another process
     */
    public RunningNode start(NodeSpec spec, NodeListener listener) {
        Language language = host.languages().get(spec.language());
        NodeDirectory directory = null;
        try {
            directory = host.runtime().newNode();
            return start(spec, listener, language, directory);
        } catch (IOException e) {
            discard(directory);
            throw new SpawnFailed("node " + spec.rank() + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            discard(directory);
            throw e;
        }
    }

    private static void discard(@Nullable NodeDirectory directory) {
        if (directory != null) {
            directory.delete();
        }
    }

    private RunningNode start(
            NodeSpec spec, NodeListener listener, Language language, NodeDirectory directory)
            throws IOException {
        Command command =
                new Command(language.command(), directory.work(), env(spec, language, directory));
        NodeSocket socket = new NodeSocket(directory.socket(), host.clock());
        HandFile hand = null;
        NodeLog output = null;
        try {
            hand = new HandFile(directory.hand());
            output = host.logs().open(spec.serial(), spec.run(), spec.rank());
            NodeSession session = new NodeSession(spec, stores, listener, socket, hand);
            if (spec.restarts() > 0) {
                output.note(restartLine(spec));
            }
            ChildProcess child = host.spawner().spawn(command);
            var parts = new RunningNode.Parts(directory, socket, hand, output, host.logs());
            RunningNode node =
                    new RunningNode(spec, child, session, parts, listener, timer, host.clock());
            node.begin();
            return node;
        } catch (IOException | RuntimeException e) {
            socket.close();
            if (hand != null) {
                hand.close();
            }
            if (output != null) {
                host.logs().release(output);
            }
            log.debug("node {} of job {} did not start", spec.rank(), spec.job(), e);
            throw e;
        }
    }

    private static String restartLine(NodeSpec spec) {
        return "--- node " + spec.rank() + " started again (restart " + spec.restarts() + ")"
                + spec.before().map(exit -> ": " + exit).orElse("");
    }

    /** The whole environment: the server's own is not inherited. */
    private static Map<String, String> env(
            NodeSpec spec, Language language, NodeDirectory directory) {
        Map<String, String> env = new LinkedHashMap<>();
        String path = System.getenv("PATH");
        env.put("PATH", path == null ? "/usr/bin:/bin" : path);
        env.put("HOME", directory.work().toString());
        env.put("TMPDIR", directory.work().toString());
        env.put("LANG", "C.UTF-8");
        env.putAll(spec.env());
        env.keySet().removeIf(name -> name.startsWith("ERLUST_"));
        env.putAll(language.env());
        env.put(NodeDirectory.SOCKET_VARIABLE, directory.socket().toString());
        env.put(NodeDirectory.HAND_VARIABLE, directory.hand().toString());
        return env;
    }

    /** The nodes that still run are not touched: stop them before. */
    @Override
    public void close() {
        timer.shutdownNow();
    }
}
