package io.erlust.callbacks;

import static org.awaitility.Awaitility.await;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobState;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.NodeStatus;
import io.erlust.jobs.Results;
import io.erlust.jobs.Specs;
import io.erlust.jobs.spec.JobId;
import io.erlust.json.Lines;
import io.erlust.store.Database;
import io.erlust.store.TestDatabases;
import io.erlust.store.Work;

import org.jdbi.v3.core.Handle;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Jobs in a store, a dispatcher, and time that stands still. */
final class CallbackFixture implements AutoCloseable {
    static final String SECRET = "s3cret";

    final TestTime time = new TestTime();
    private final Database database;
    private final JobEvents events = new JobEvents();
    private final Jobs jobs;
    private final Results results;
    private final List<CallbackDispatcher> dispatchers = new ArrayList<>();

    CallbackFixture(TestDatabases kind) {
        database = Database.open(kind.create());
        jobs = new Jobs(database, events, time);
        results = new Results(database, time);
    }

    /** Sends at once, and waits for no answer longer than 10 s. */
    static CallbackConfig config() {
        return config(Duration.ZERO, 100, 64 << 10, Duration.ofSeconds(10), 64);
    }

    static CallbackConfig config(
            Duration delay, int results, int bytes, Duration timeout, int pendingPerJob) {
        return new CallbackConfig(
                "Erlust/test",
                delay,
                results,
                bytes,
                timeout,
                timeout,
                64 << 10,
                64,
                4,
                pendingPerJob);
    }

    CallbackDispatcher start() {
        return start(config());
    }

    CallbackDispatcher start(CallbackConfig config) {
        return start(config, "127.0.0.1");
    }

    CallbackDispatcher start(CallbackConfig config, String... allowed) {
        TargetGuard guard = new TargetGuard(
                Stream.of(allowed).map(AllowedTarget::parse).toList(),
                () -> 0,
                NameResolver.system());
        CallbackDispatcher dispatcher = new CallbackDispatcher(
                database, events, jobs::get, guard, config, time, time, () -> 0.5);
        dispatchers.add(dispatcher);
        dispatcher.start();
        return dispatcher;
    }

    /** Submits a job and lets it run. */
    Job running(String id, String url) {
        Job job = jobs.submit(Specs.spec(
                        id, "'callback_url': '" + url + "'", "'security_hash': '" + SECRET + "'"))
                .job();
        return move(job, JobState.RUNNING);
    }

    Job runningWithoutCallback(String id) {
        return move(jobs.submit(Specs.spec(id)).job(), JobState.RUNNING);
    }

    Job move(Job job, JobState to) {
        Optional<String> reason = to == JobState.FAILED ? Optional.of("exit 1") : Optional.empty();
        List<NodeStatus> nodes =
                List.of(NodeStatus.starting(0).withItems(7).ended(Optional.of("normal")));
        return jobs.move(job.id(), job.run(), to, reason, nodes);
    }

    Job retried(Job job) {
        return move(jobs.retry(job.id()), JobState.RUNNING);
    }

    void emit(Job job, String... values) {
        Lines lines = Lines.of(Stream.of(values)
                .map(value -> value.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new));
        database.write(new Work<Long>() {
            @Override
            public Long run(Handle tx) {
                return results.append(tx, job.serial(), job.run(), 0, lines, null);
            }

            @Override
            public void committed(Long last) {
                events.publish(new JobEvent.ResultsAppended(job.id(), job.run(), last));
            }
        });
    }

    /** Time passes for everybody, and is noticed. */
    void pass(Duration more) {
        time.pass(more);
        dispatchers.getLast().wake();
    }

    List<Callback> log(Job job) {
        return dispatchers.getLast().list(job.id(), 0, 1000);
    }

    /**
     * The delivery log once it is as expected: the receiver knows of a call before the store does.
     */
    List<Callback> logUntil(Job job, Predicate<List<Callback>> expected) {
        return await().pollInterval(Duration.ofMillis(5)).until(() -> log(job), expected);
    }

    Callback until(Job job, long seq, Predicate<Callback> expected) {
        return logUntil(job, log -> log.size() >= seq && expected.test(log.get((int) seq - 1)))
                .get((int) seq - 1);
    }

    Optional<Job> find(String id) {
        return jobs.get(new JobId(id));
    }

    @Override
    public void close() {
        dispatchers.forEach(each -> each.stop(Duration.ofMillis(100)));
        database.close();
    }
}
