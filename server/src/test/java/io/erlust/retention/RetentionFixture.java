package io.erlust.retention;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobQuery;
import io.erlust.jobs.JobState;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.Results;
import io.erlust.jobs.Specs;
import io.erlust.jobs.spec.JobId;
import io.erlust.json.Lines;
import io.erlust.store.Database;
import io.erlust.store.TestDatabases;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/** Jobs in a store, logs in memory, and time that stands still. */
final class RetentionFixture implements AutoCloseable {
    static final Duration MONTH = Duration.ofDays(30);
    static final RetentionConfig CONFIG = new RetentionConfig(MONTH, 1000, 1L << 30, 1L << 20);

    /** All that a run has, but for its record. */
    private static final List<String> PARTS =
            List.of("result", "callback", "callback_cursor", "pruned_run");

    final KeptInMemory logs = new KeptInMemory();
    final Database database;
    final Jobs jobs;
    private final Results results;
    private Instant wall = Instant.parse("2026-11-21T10:00:00Z");
    private long nanos;

    /** What the store says of its size. */
    long used;

    RetentionFixture(TestDatabases kind) {
        database = Database.open(kind.create());
        jobs = new Jobs(database, new JobEvents(), () -> wall);
        results = new Results(database, () -> wall);
    }

    Retention retention() {
        return retention(CONFIG);
    }

    Retention retention(RetentionConfig config) {
        WallClock told = () -> wall;
        MonotonicClock clock = () -> nanos;
        return new Retention(config, database, () -> used, logs, told, clock);
    }

    void pass(Duration time) {
        nanos += time.toNanos();
        jump(time);
    }

    /** Only of the wall clock. */
    void jump(Duration by) {
        wall = wall.plus(by);
    }

    Job submit(String id, String... members) {
        return jobs.submit(Specs.spec(id, members)).job();
    }

    Job running(String id, String... members) {
        return move(submit(id, members), JobState.RUNNING);
    }

    Job ended(String id, String... members) {
        return move(running(id, members), JobState.COMPLETED);
    }

    /** Another run, which ends. */
    Job again(Job job) {
        return move(move(jobs.retry(job.id()), JobState.RUNNING), JobState.COMPLETED);
    }

    Job move(Job job, JobState to) {
        return jobs.move(job.id(), job.run(), to, Optional.empty(), List.of());
    }

    void emit(Job job, int count, int bytes) {
        byte[] value = ('"' + "x".repeat(bytes) + '"').getBytes(StandardCharsets.UTF_8);
        Lines values =
                Lines.of(IntStream.range(0, count).mapToObj(i -> value).toArray(byte[][]::new));
        database.write(tx -> results.append(tx, job.serial(), job.run(), 0, values, null));
    }

    /** A callback of the job's latest run, and its cursor, as they are when it is all told. */
    void told(Job job, long seq) {
        execute("INSERT INTO callback (job_serial, seq, run, webhook_id, type, host, state,"
                + " created_at, expires_at) VALUES (" + job.serial() + ", " + seq + ", " + job.run()
                + ", 'w-" + job.serial() + "-" + seq + "', 'job.completed', 'h', 'delivered', 1,"
                + " 2)");
        database.write(tx -> tx.execute(
                "INSERT INTO callback_body (job_serial, seq, body) VALUES (?, ?, ?)",
                job.serial(),
                seq,
                new byte[] {1}));
        execute("INSERT INTO callback_cursor (job_serial, run, host, seq, state) VALUES ("
                + job.serial() + ", " + job.run() + ", 'h', 0, 'ended') ON CONFLICT DO NOTHING");
    }

    int execute(String sql) {
        return database.write(tx -> tx.execute(sql));
    }

    boolean isThere(Job job) {
        return database.read(handle -> handle.createQuery("SELECT 1 FROM job WHERE serial = ?")
                .bind(0, job.serial())
                .mapTo(Integer.class)
                .findOne()
                .isPresent());
    }

    Optional<Job> find(String id) {
        return jobs.get(new JobId(id));
    }

    List<String> listed() {
        JobQuery all = new JobQuery(Optional.empty(), List.of(), 10, OptionalLong.empty());
        return jobs.list(all).stream().map(job -> job.id().value()).toList();
    }

    /** How many rows a run has beside its record. */
    long parts(Job job) {
        return PARTS.stream().mapToLong(table -> count(table, job)).sum();
    }

    long count(String table, Job job) {
        return database.read(handle -> handle.createQuery(
                        "SELECT count(*) FROM " + table + " WHERE job_serial = ? AND run = ?")
                .bind(0, job.serial())
                .bind(1, job.run())
                .mapTo(Long.class)
                .one());
    }

    @Override
    public void close() {
        database.close();
    }
}
