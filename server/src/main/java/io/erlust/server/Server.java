package io.erlust.server;

import io.erlust.amqp.AmqpBroker;
import io.erlust.api.ApiParts;
import io.erlust.api.ApiServer;
import io.erlust.api.JobEventLog;
import io.erlust.api.JobMessages;
import io.erlust.api.http.AdminToken;
import io.erlust.callbacks.CallbackConfig;
import io.erlust.callbacks.CallbackDispatcher;
import io.erlust.callbacks.NameResolver;
import io.erlust.callbacks.TargetGuard;
import io.erlust.jobs.JobClock;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobOutbox;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.Results;
import io.erlust.jobs.spec.JobSpecReader;
import io.erlust.metrics.Metrics;
import io.erlust.nodes.Languages;
import io.erlust.nodes.NodeHost;
import io.erlust.nodes.NodeLogs;
import io.erlust.nodes.NodePool;
import io.erlust.nodes.NodeStores;
import io.erlust.nodes.RuntimeDirectory;
import io.erlust.nodes.sandbox.Cgroups;
import io.erlust.nodes.sandbox.Isolation;
import io.erlust.nodes.sandbox.Isolations;
import io.erlust.process.Spawner;
import io.erlust.queues.Broker;
import io.erlust.queues.Queues;
import io.erlust.retention.Retention;
import io.erlust.schedule.JobStager;
import io.erlust.store.Database;
import io.erlust.supervision.JobRunner;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A running server: makes every part, connects them, and owns the order in which they start and
 * stop. What is made first is stopped last.
 */
public final class Server {
    private static final Logger log = LoggerFactory.getLogger(Server.class);

    private final WallClock wall = WallClock.system();
    private final MonotonicClock clock = MonotonicClock.system();
    private final Opened opened;
    private final NodePool nodes;
    private final CallbackDispatcher callbacks;
    private final JobStager stager;
    private final JobRunner runner;
    private final Retention retention;
    private final Facts facts;

    /** The port, once there is one: no callback may go to it. */
    private final AtomicInteger listening = new AtomicInteger();

    private final JobEvents events;
    private final Optional<Messaging> messaging;
    private final JobMessages jobMessages;
    private final WarmUp warmUp;
    private final ApiServer api;

    /**
     * Starts a server; it is listening when this returns.
     *
     * @throws io.erlust.store.StoreException REFUSED when the data is another server's, or newer
     * @throws IllegalStateException when the address is taken
     */
    public static Server start(ServerConfig config) {
        Opened opened = new Opened();
        try {
            Server server = new Server(config, opened);
            server.begin();
            return server;
        } catch (Exception e) {
            opened.close();
            if (e instanceof RuntimeException known) {
                throw known;
            }
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    private Server(ServerConfig config, Opened opened) throws IOException {
        this.opened = opened;
        Database database = opened.add(Database.open(config.database()));
        Optional<AmqpBroker> amqp = config.amqp().map(each -> AmqpBroker.open(each, wall, clock));
        Broker broker = amqp.<Broker>map(each -> each).orElseGet(Broker::none);
        Queues queues = opened.add(Queues.open(database, wall, clock, broker));
        messaging = Messaging.over(amqp, database, wall, clock);
        JobOutbox outbox = messaging.map(Messaging::outbox).orElse(JobOutbox.NONE);
        events = new JobEvents();
        LiveProducers producers = new LiveProducers(queues);
        JobClock times = new JobClock(wall, WallClock.steady(wall, clock));
        Jobs jobs = new Jobs(database, events, times, producers::admit, outbox);
        Results results = new Results(database, wall, outbox);
        events.listen(results::on);

        RuntimeDirectory runtime = opened.add(RuntimeDirectory.open(config.data()));
        Cgroups cgroups = opened.add(Cgroups.open(runtime.name()));
        Spawner spawner = new Spawner();
        Isolation isolation = new Isolations(
                        spawner, cgroups, runtime.makeShared(), runtime::trialPlace)
                .choose(config.nodes().sandbox());
        Languages languages = Languages.of(spawner, isolation, runtime);
        NodeLogs logs = new NodeLogs(config.data());
        NodeHost host = new NodeHost(spawner, isolation, runtime, languages, logs, clock);
        nodes = opened.add(new NodePool(
                host,
                new NodeStores(queues, database, results, events),
                config.nodes().spares()));

        TargetGuard targets =
                new TargetGuard(config.allowedCallbacks(), listening::get, NameResolver.system());
        CallbackConfig callbackConfig = CallbackConfig.defaults(Facts.programVersion());
        callbacks = new CallbackDispatcher(
                database, events, jobs::get, targets, callbackConfig, wall, clock);
        stager = new JobStager(jobs, events);
        runner = new JobRunner(
                jobs, events, new NodeAdapter(nodes), clock, config.nodes().max());
        retention = new Retention(config.retention(), database, new KeptLogs(logs), wall, clock);
        facts = new Facts(
                database,
                stager,
                callbacks,
                retention,
                languages,
                isolation,
                config.nodes().max(),
                wall.now());

        JobEventLog eventLog = new JobEventLog(Long.toString(wall.now().toEpochMilli(), 36));
        events.listen(eventLog::accept);
        producers.start(jobs, events);
        JobSpecReader specs =
                new JobSpecReader(languages.names(), config.nodes().max(), wall);
        warmUp = new WarmUp(specs, jobs, nodes, config.data());
        Metrics metrics = new Metrics();
        ServerMetrics.register(metrics, database, callbacks, runner, nodes, retention);
        messaging.ifPresent(each -> each.register(metrics));
        LiveNow live = new LiveNow(jobs, runner);
        ApiParts parts = new ApiParts(
                jobs, specs, results, eventLog, live, queues, callbacks, targets, logs, facts,
                metrics, clock);
        jobMessages = new JobMessages(parts, config.api().bodyBytesMax(), queues::createOnBroker);
        api = new ApiServer(config.api(), AdminToken.loadOrCreate(config.data()), parts);
    }

    private void begin() throws Exception {
        callbacks.start();
        stager.start();
        api.start();
        listening.set(api.uri().getPort());
        messaging.ifPresent(each -> each.start(events, jobMessages));
        runner.start();
        nodes.startSpares();
        retention.start();
        warmUp.begin();
    }

    public URI url() {
        return api.uri();
    }

    /** Takes nothing new, asks the nodes to stop, hands their jobs back, and ends. */
    public void drain(Duration deadline) {
        try {
            stop(deadline);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            log.warn("interrupted while stopping: what is left goes on at the next start");
        } catch (Exception e) {
            log.warn("stopping the API: {}", e.toString());
        }
        opened.close();
    }

    private void stop(Duration deadline) throws Exception {
        facts.stopping();
        api.quiet();
        messaging.ifPresent(Messaging::quiet);
        runner.quiet();
        callbacks.quiet();
        long end = clock.nanos() + deadline.toNanos();
        retention.stop(deadline);
        stager.stop(left(end));
        runner.stop(left(end));
        callbacks.stop(left(end));
        if (messaging.isPresent()) {
            messaging.get().stop(left(end));
        }
        api.stop(left(end));
    }

    private Duration left(long end) {
        return Duration.ofNanos(Math.max(0, end - clock.nanos()));
    }

    /** While {@link #drain} runs: kills the nodes instead of waiting for them. */
    public void hurry() throws InterruptedException {
        runner.stop(Duration.ZERO);
        callbacks.stop(Duration.ZERO);
    }
}
