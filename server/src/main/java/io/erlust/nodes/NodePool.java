package io.erlust.nodes;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Gives nodes their processes. A few of each language are kept ready ahead, the <em>spares</em>;
 * each is used once. Whatever the number of nodes that wait, only a few processes start at a time:
 * many at once would only be slower, and would take the processors from everybody else.
 */
public final class NodePool implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodePool.class);

    /** The node that took a spare is to have the processors first. */
    private static final Duration REFILL_AFTER = Duration.ofMillis(100);

    /** So many spares in a row that ended unused, and no more are started until a node is. */
    private static final int FAILURES_MAX = 3;

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private final NodeHost host;
    private final NodeStores stores;
    private final int sparesMax;
    private final int startingMax = 2 * Runtime.getRuntime().availableProcessors();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("node-timer").factory());
    private final NodeProcess.Greeting greeting =
            new NodeProcess.Greeting(this::ready, this::failed);
    private final Set<RunningNode> watched = ConcurrentHashMap.newKeySet();

    /** The timer's. */
    private long lookedAt;

    /** By what the processes are started with. Guarded by this, as are the fields below. */
    private final Map<ProcessSetting, Line> lines = new LinkedHashMap<>();

    /** Processes that have not said hello yet, of all lines. */
    private int starting;

    /** All that are being started, wait, or are nodes. */
    private int processes;

    private boolean closed;

    /** The nodes that wait for a process of one setting, and the processes that wait for a node. */
    private static final class Line {
        final Deque<RunningNode> nodes = new ArrayDeque<>();
        final Deque<NodeProcess> spares = new ArrayDeque<>();

        /** They have not said hello yet. */
        final Deque<NodeProcess> launched = new ArrayDeque<>();

        int sparesMax;
        int starting;
        int failures;

        boolean isUnused() {
            return nodes.isEmpty() && spares.isEmpty() && starting == 0 && sparesMax == 0;
        }

        boolean wantsSpare() {
            return spares.size() + starting < sparesMax && failures < FAILURES_MAX;
        }
    }

    /** @param spares how many processes of each language are kept ready; 0: none */
    public NodePool(NodeHost host, NodeStores stores, int spares) {
        this.host = host;
        this.stores = stores;
        this.sparesMax = spares;
        lookedAt = host.clock().nanos();
        long interval = Watch.INTERVAL.toMillis();
        var _ = timer.scheduleWithFixedDelay(this::look, interval, interval, TimeUnit.MILLISECONDS);
    }

    /** Finds the interpreters and starts the spares, in the background. */
    public void startSpares() {
        for (String language : host.languages().names()) {
            Thread.ofVirtual().name("find-" + language).start(() -> {
                try {
                    host.languages().get(language).command();
                    fill(ProcessSetting.plain(language));
                } catch (LanguageMissing e) {
                    log.warn("jobs in {} can't run: {}", language, e.getMessage());
                }
            });
        }
    }

    private synchronized void fill(ProcessSetting setting) {
        line(setting).sparesMax = sparesMax;
        startMore();
    }

    /**
     * Starts a node and returns; the listener is told how it goes on. When this throws, the
     * listener is told nothing.
     *
     * @throws UnknownLanguage when there is no such language
     * @throws LanguageMissing when its interpreter is not installed
     * @throws IllegalStateException when the pool is closed
     */
    public RunningNode start(NodeSpec spec, NodeListener listener) {
        host.languages().get(spec.setting().language()).command();
        RunningNode node = new RunningNode(spec, this, host, stores, listener);
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("the server is stopping");
            }
            if (!takeSpare(node)) {
                line(spec.setting()).nodes.add(node);
                startMore();
            }
        }
        return node;
    }

    /** Under the lock. False when there is none. */
    private boolean takeSpare(RunningNode node) {
        Line line = line(node.setting().started());
        NodeProcess spare = line.spares.poll();
        while (spare != null && !spare.become(node)) {
            spare = line.spares.poll();
        }
        if (spare == null) {
            return false;
        }
        line.failures = 0;
        after(REFILL_AFTER, this::refill);
        return true;
    }

    /** It needs no process any more; false when it has got one. */
    synchronized boolean withdraw(RunningNode node) {
        Line line = lines.get(node.setting());
        if (line == null || !line.nodes.remove(node)) {
            return false;
        }
        if (line.launched.size() > line.nodes.size() && line.sparesMax == 0) {
            line.launched.removeLast().kill(NodeExit.KILLED); // nobody would use it
        }
        return true;
    }

    // --- processes ---------------------------------------------------------------------------

    /** Under the lock, as are the next two. */
    private Line line(ProcessSetting setting) {
        return lines.computeIfAbsent(setting, _ -> new Line());
    }

    private synchronized void refill() {
        startMore();
    }

    private void startMore() {
        lines.values().removeIf(Line::isUnused);
        while (!closed && starting < startingMax) {
            Optional<ProcessSetting> next = nextToStart();
            if (next.isEmpty()) {
                return;
            }
            ProcessSetting setting = next.get();
            Line line = line(setting);
            lines.remove(setting);
            lines.put(setting, line); // the others first, the next time
            line.starting++;
            starting++;
            processes++;
            Thread.ofVirtual().name("node-starter").start(() -> start(setting));
        }
    }

    /**
     * Nodes that wait come first, and then spares; but nobody takes more than half of what may
     * start at a time, so that one job whose processes hang does not stop all others.
     */
    private Optional<ProcessSetting> nextToStart() {
        return first(line -> line.nodes.size() > line.starting && line.starting < startingMax / 2)
                .or(() -> first(line -> line.starting == 0 && line.wantsSpare()));
    }

    private Optional<ProcessSetting> first(Predicate<Line> wanted) {
        return lines.entrySet().stream()
                .filter(entry -> wanted.test(entry.getValue()))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    private void start(ProcessSetting setting) {
        try {
            NodeProcess process = NodeProcess.start(host, setting, greeting);
            launched(process);
            var _ = process.gone().thenRun(() -> gone(setting, process));
        } catch (RuntimeException | Error e) { // whatever it is: somebody waits for a process
            String reason = NodeExit.START_FAILED + e.getMessage();
            failed(setting, NodeExit.unused(reason, List.of()));
            gone(setting, null);
        }
    }

    private synchronized void launched(NodeProcess process) {
        if (!process.hasGreeted()) {
            line(process.setting()).launched.add(process);
        }
    }

    private synchronized void ready(NodeProcess process) {
        Line line = line(process.setting());
        line.launched.remove(process);
        line.starting--;
        starting--;
        RunningNode next = line.nodes.poll();
        if (next != null) {
            if (process.become(next)) {
                line.failures = 0;
            } else {
                line.nodes.addFirst(next); // it has ended meanwhile
            }
        } else if (!closed && line.spares.size() < line.sparesMax) {
            line.spares.add(process);
        } else {
            process.discard();
        }
        startMore();
    }

    private void failed(ProcessSetting setting, NodeExit how) {
        RunningNode node;
        synchronized (this) {
            Line line = line(setting);
            line.starting--;
            starting--;
            line.failures++;
            node = line.nodes.poll();
            startMore();
        }
        if (node == null) {
            log.warn("a spare process for {} ended: {}", setting.language(), how);
        } else {
            node.failed(how);
        }
    }

    private void gone(ProcessSetting setting, @Nullable NodeProcess process) {
        boolean unused;
        boolean lastOne;
        synchronized (this) {
            processes--;
            Line line = line(setting);
            line.launched.remove(process);
            unused = line.spares.remove(process);
            if (unused) {
                line.failures++;
            }
            lastOne = line.failures >= FAILURES_MAX;
            startMore();
            notifyAll();
        }
        if (unused && process != null) {
            log.warn(
                    "a spare process for {} ended unused: {}{}",
                    setting.language(),
                    process.unused(),
                    lastOne ? "; no more of them until a node has one" : "");
        }
    }

    /** How many processes are ready for a node. */
    public synchronized int spares() {
        return lines.values().stream().mapToInt(line -> line.spares.size()).sum();
    }

    /** How many processes have not said hello yet. */
    public synchronized int starting() {
        return starting;
    }

    synchronized List<Long> sparePids() {
        return lines.values().stream()
                .flatMap(line -> line.spares.stream())
                .map(NodeProcess::pid)
                .toList();
    }

    // --- time --------------------------------------------------------------------------------

    void watch(RunningNode node) {
        watched.add(node);
    }

    void unwatch(RunningNode node) {
        watched.remove(node);
    }

    private void look() {
        long now = host.clock().nanos();
        long since = now - lookedAt;
        lookedAt = now;
        for (RunningNode node : watched) {
            try {
                node.look(since);
            } catch (RuntimeException e) { // the others are to be looked at all the same
                log.warn("looking at a node: {}", e.toString());
            }
        }
    }

    /** Does it then; now, when there is no later. */
    void after(Duration time, Runnable action) {
        try {
            var _ = timer.schedule(action, time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException _) {
            action.run();
        }
    }

    /** Ends the spares. The nodes that still run are not touched: stop them before. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            for (Line line : lines.values()) {
                line.spares.forEach(NodeProcess::discard);
                line.spares.clear();
            }
        }
        awaitEnd();
        timer.shutdownNow();
    }

    /** Until nothing of any process is left. */
    private synchronized void awaitEnd() {
        long end = host.clock().nanos() + CLOSE_PATIENCE.toNanos();
        try {
            while (processes > 0) {
                long millis = (end - host.clock().nanos()) / 1_000_000;
                if (millis <= 0) {
                    log.warn("{} processes of nodes still run", processes);
                    return;
                }
                wait(millis);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
