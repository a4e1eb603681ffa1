package io.erlust.nodes;

import io.erlust.jobs.JobEvents;
import io.erlust.jobs.NodeStatus;
import io.erlust.jobs.Result;
import io.erlust.jobs.Results;
import io.erlust.jobs.spec.JobId;
import io.erlust.jobs.spec.Limits;
import io.erlust.json.Lines;
import io.erlust.nodes.sandbox.Cgroups;
import io.erlust.nodes.sandbox.Isolation;
import io.erlust.nodes.sandbox.Isolations;
import io.erlust.process.Spawner;
import io.erlust.queues.QueueName;
import io.erlust.queues.QueueStats;
import io.erlust.queues.Queues;
import io.erlust.store.Database;
import io.erlust.store.DatabaseConfig;
import io.erlust.time.MonotonicClock;
import io.erlust.time.Patience;
import io.erlust.time.WallClock;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/** Everything real nodes need, on a temporary directory. Its languages: python, and raw python. */
final class NodeFixture implements AutoCloseable {
    /** Runs the source itself, without the library: it speaks the protocol, or breaks it. */
    private record Raw(String source) implements Language {
        @Override
        public List<String> command() {
            return List.of("/bin/sh", "-c", "exec python3 -c \"$SOURCE\"");
        }

        @Override
        public Map<String, String> env(String library) {
            return Map.of("SOURCE", PRELUDE + source);
        }
    }

    private static final String PRELUDE = """
            import json, mmap, os, socket, struct, sys, time
            s = socket.socket(socket.AF_UNIX); s.connect(os.environ["ERLUST_SOCKET"])
            f = s.makefile("rb")
            hand = mmap.mmap(os.open(os.environ["ERLUST_HAND"], os.O_RDWR), 16)
            def send(header, *lines):
                if lines: header["n"] = len(lines)
                s.sendall(b"".join(json.dumps(x).encode() + b"\\n" for x in (header, *lines)))
            def recv():
                line = f.readline()
                if not line: os._exit(70)
                header = json.loads(line)
                return header, [json.loads(f.readline()) for _ in range(header.get("n", 0))]
            def hello(**more):
                send({"op": "hello", "v": 1, "pid": os.getpid(), "language": "raw", **more})
                return recv()
            def mark(in_hand, done): hand[0:16] = struct.pack("<QQ", in_hand, done)
            """;

    static final QueueName IN = new QueueName("in");
    static final QueueName OUT = new QueueName("out");
    private static final long SERIAL = 1;

    private static final Spawner spawner = new Spawner();

    private final MonotonicClock clock;
    final Path data;
    final Database database;
    final Queues queues;
    final Results results;
    final RuntimeDirectory runtime;
    Optional<Duration> itemTimeout = Optional.empty();
    final NodeLogs logs;

    /** How often nodes were looked at: when one says nothing, nobody else asks for their time. */
    final AtomicLong looks = new AtomicLong();

    private final NodeStores stores;
    private final Cgroups cgroups;
    private final Isolation isolation;
    private final List<NodePool> pools = new ArrayList<>();

    /** @param level how nodes are isolated, as {@code --sandbox} takes it */
    NodeFixture(Path data, String level) throws IOException {
        this(data, level, WallClock.system(), MonotonicClock.system());
    }

    NodeFixture(Path data, String level, WallClock wall, MonotonicClock clock) throws IOException {
        this.data = data;
        this.clock = clock;
        database = Database.open(DatabaseConfig.embedded(data));
        queues = Queues.open(database, wall, clock);
        results = new Results(database, wall);
        runtime = RuntimeDirectory.open(data);
        cgroups = Cgroups.open(runtime.name());
        isolation = new Isolations(spawner, cgroups, runtime.makeShared(), runtime::trialPlace)
                .choose(level);
        logs = new NodeLogs(data);
        stores = new NodeStores(queues, database, results, new JobEvents());
        database.write(
                tx -> tx.execute("INSERT INTO job (serial, id, fingerprint, spec, state, run,"
                        + " created_at) VALUES (1, 'j', '', '', 'running', 1, 0)"));
    }

    /** A node that is on its way. */
    static final class Started implements NodeListener {
        final CompletableFuture<NodeExit> exit = new CompletableFuture<>();
        final CompletableFuture<Boolean> ready = new CompletableFuture<>();
        final CompletableFuture<NodeStatus.Progress> progress = new CompletableFuture<>();
        final AtomicLong acknowledged = new AtomicLong();
        final CompletableFuture<RunningNode> node = new CompletableFuture<>();
        final CompletableFuture<Long> pid = new CompletableFuture<>();

        @Override
        public void started(long started) {
            pid.complete(started);
        }

        @Override
        public void ready() {
            ready.complete(true);
        }

        @Override
        public void progress(NodeStatus.Progress said) {
            progress.complete(said);
        }

        @Override
        public void acknowledged(long items) {
            acknowledged.addAndGet(items);
        }

        @Override
        public void ended(NodeExit how) {
            if (!exit.complete(how)) {
                throw new AssertionError("ended twice");
            }
        }

        NodeExit exit() throws Exception {
            return exit.get(2 * Patience.SECONDS, TimeUnit.SECONDS);
        }

        RunningNode running() {
            return node.join();
        }
    }

    Started python(String source) {
        return python(source, "null");
    }

    Started python(String source, String args) {
        return pool(0).start(setting("python", Duration.ofSeconds(30)), source, args);
    }

    Started raw(String source) {
        return rawPool(source).start(setting("raw", Patience.LONG), "", "null");
    }

    /** The fixture's setting has a variable of its own, so that no spare is used for it. */
    static ProcessSetting setting(String language, Duration startTimeout) {
        Map<String, String> env = Map.of("GREETING", "hi", "ERLUST_SOCKET", "/nowhere");
        return new ProcessSetting(language, env, false, Limits.DEFAULT, startTimeout);
    }

    Pool pool(int spares) {
        return pool(Languages.of(spawner, isolation, runtime), spares);
    }

    /** Its processes are all this program. */
    Pool rawPool(String source) {
        return pool(new Languages(Map.of("raw", new Raw(source))), 0);
    }

    private Pool pool(Languages languages, int spares) {
        MonotonicClock counted = () -> {
            looks.incrementAndGet();
            return clock.nanos();
        };
        NodeHost host = new NodeHost(spawner, isolation, runtime, languages, logs, counted);
        NodePool pool = new NodePool(host, stores, spares);
        pools.add(pool);
        return new Pool(pool);
    }

    /** Starts nodes of one job. */
    final class Pool {
        final NodePool pool;

        Pool(NodePool pool) {
            this.pool = pool;
        }

        Started start(ProcessSetting setting, String source, String args) {
            NodeSpec spec = new NodeSpec(
                    new JobId("j"),
                    SERIAL,
                    1,
                    0,
                    1,
                    1,
                    setting,
                    StartPayload.of(source, args),
                    IN,
                    itemTimeout,
                    0,
                    Optional.empty());
            Started started = new Started();
            started.node.complete(pool.start(spec, started));
            return started;
        }
    }

    void put(QueueName queue, String... items) {
        byte[][] lines = new byte[items.length][];
        for (int i = 0; i < items.length; i++) {
            lines[i] = items[i].getBytes(StandardCharsets.UTF_8);
        }
        queues.put(queue, Lines.of(lines)).join();
    }

    void putNumbers(QueueName queue, int n) {
        put(queue, IntStream.range(0, n).mapToObj(Integer::toString).toArray(String[]::new));
    }

    QueueStats stats(QueueName queue) {
        return queues.stats(queue).orElseThrow();
    }

    List<String> results() {
        return results.read(SERIAL, 1, 0, 100_000).stream()
                .map(Result::value)
                .map(value -> new String(value, StandardCharsets.UTF_8))
                .toList();
    }

    long nodeDirectories() throws IOException {
        try (var entries = Files.list(runtime.path())) {
            return entries.filter(entry -> Files.exists(entry.resolve("hand"))).count();
        }
    }

    String log() {
        return logs.text(SERIAL, 1, 0);
    }

    @Override
    public void close() {
        pools.forEach(NodePool::close);
        runtime.close();
        cgroups.close();
        queues.close();
        database.close();
    }
}
