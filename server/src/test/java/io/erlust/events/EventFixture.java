package io.erlust.events;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobClock;
import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobOutbox;
import io.erlust.jobs.JobState;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.NodeStatus;
import io.erlust.jobs.Results;
import io.erlust.jobs.Specs;
import io.erlust.json.Lines;
import io.erlust.store.Database;
import io.erlust.store.DatabaseConfig;
import io.erlust.store.StoreException;
import io.erlust.store.TestDatabases;
import io.erlust.store.Work;

import org.jdbi.v3.core.Handle;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Jobs in a store with an outbox, and time that stands still. A server dies with {@link #die}. */
final class EventFixture {
    static final Instant START = Instant.parse("2026-11-21T10:00:00Z");

    private final AtomicLong passed = new AtomicLong();
    private final DatabaseConfig config;
    private final long rowsMax;
    private final List<EventPublisher> publishers = new ArrayList<>();
    Database database;
    Jobs jobs;
    private JobEvents events;
    private Results results;
    private EventOutbox outbox;

    EventFixture(TestDatabases kind) {
        this(kind, EventOutbox.ROWS_MAX);
    }

    EventFixture(TestDatabases kind, long rowsMax) {
        this.config = kind.create();
        this.rowsMax = rowsMax;
        database = Database.open(config);
        outbox = new EventOutbox(database, this::now, rowsMax);
        events = new JobEvents();
        jobs = jobs(outbox);
        results = new Results(database, this::now, outbox);
    }

    private Jobs jobs(JobOutbox to) {
        return new Jobs(database, events, new JobClock(this::now, this::now), spec -> {}, to);
    }

    Instant now() {
        return START.plusNanos(passed.get());
    }

    /** From now on there is nobody to tell. */
    void withoutBroker() {
        jobs = jobs(JobOutbox.NONE);
        results = new Results(database, this::now);
    }

    EventPublisher start(EventSink sink) {
        EventPublisher publisher = new EventPublisher(outbox, database, sink, passed::get);
        publishers.add(publisher);
        publisher.start(events);
        return publisher;
    }

    /** Nothing more is stored of what this server does; another one opens its store. */
    void die() throws InterruptedException {
        database.close();
        for (EventPublisher publisher : publishers) {
            publisher.abandon();
        }
        publishers.clear();
        database = Database.open(config);
        outbox = new EventOutbox(database, this::now, rowsMax);
        events = new JobEvents();
        jobs = jobs(outbox);
        results = new Results(database, this::now, outbox);
    }

    Job submit(String id, String... members) {
        return jobs.submit(Specs.spec(id, members)).job();
    }

    Job running(String id, String... members) {
        return move(submit(id, members), JobState.RUNNING);
    }

    Job move(Job job, JobState to) {
        Optional<String> reason = to == JobState.FAILED ? Optional.of("exit 1") : Optional.empty();
        List<NodeStatus> nodes =
                List.of(NodeStatus.starting(0).withItems(7).ended(Optional.of("normal")));
        return jobs.move(job.id(), job.run(), to, reason, nodes);
    }

    void emit(Job job, String... values) {
        database.write(new Append(job, lines(values), false));
    }

    void emit(Job job, int from, int to) {
        emit(
                job,
                IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toArray(String[]::new));
    }

    /** A step that appends and then fails. */
    void emitInVain(Job job, String... values) {
        try {
            database.write(new Append(job, lines(values), true));
        } catch (IllegalStateException expected) {
            assertThat(expected).hasMessage("in vain");
            return;
        }
        throw new AssertionError("the work was to fail");
    }

    private static Lines lines(String... values) {
        return Lines.of(Stream.of(values)
                .map(value -> value.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new));
    }

    /** As a node's step does it. */
    private final class Append implements Work<Long> {
        private final Job job;
        private final Lines lines;
        private final boolean fails;

        Append(Job job, Lines lines, boolean fails) {
            this.job = job;
            this.lines = lines;
            this.fails = fails;
        }

        @Override
        public Long run(Handle tx) {
            long last = results.append(tx, job.serial(), job.run(), 0, lines, null);
            if (fails) {
                throw new IllegalStateException("in vain");
            }
            return last;
        }

        @Override
        public void committed(Long last) {
            events.publish(new JobEvent.ResultsAppended(job.id(), job.run(), last));
        }

        @Override
        public void rolledBack(StoreException why) {
            results.forget(job.serial(), job.run());
        }
    }

    /** Time passes, and is noticed. */
    void pass(Duration time) {
        passed.addAndGet(time.toNanos());
        publishers.forEach(EventPublisher::wake);
    }

    void wake() {
        publishers.forEach(EventPublisher::wake);
    }

    long rows() {
        return outbox.pending();
    }

    void execute(String sql) {
        database.write(tx -> tx.execute(sql));
    }

    void close() throws InterruptedException {
        for (EventPublisher publisher : publishers) {
            publisher.stop(Duration.ZERO);
        }
        database.close();
    }
}
