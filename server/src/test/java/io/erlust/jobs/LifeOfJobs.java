package io.erlust.jobs;

import io.erlust.jobs.spec.JobId;
import io.erlust.store.Database;
import io.erlust.store.DatabaseConfig;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The jobs of a store whose two clocks move only as a test says, and whose runs end as it says.
 * Nothing happens by itself: {@link #stage} does what the stager's thread would do.
 */
final class LifeOfJobs implements AutoCloseable {
    static final Instant START = Instant.parse("2026-11-21T10:00:00Z");

    /** Added to on the writer thread, and read when nothing is being written. */
    final List<JobEvent> told = new ArrayList<>();

    private final DatabaseConfig config;
    private Instant wall = START;
    private Instant steady = START;
    private Database database;
    private Jobs jobs;
    private JobEvents events;

    LifeOfJobs(DatabaseConfig config) {
        this.config = config;
        database = Database.open(config);
        events = new JobEvents();
        jobs = begin();
    }

    private Jobs begin() {
        events = new JobEvents();
        events.listen(told::add);
        return new Jobs(
                database,
                events,
                new JobClock(() -> wall, () -> steady),
                spec -> {},
                JobOutbox.NONE);
    }

    @Override
    public void close() {
        database.close();
    }

    /** The server dies, and another one begins on the same store. */
    void restart() {
        database.close();
        steady = wall;
        database = Database.open(config);
        jobs = begin();
        jobs.forEachInState(JobState.RUNNING, job -> move(job, JobState.AVAILABLE, "server died"));
    }

    Jobs jobs() {
        return jobs;
    }

    JobEvents events() {
        return events;
    }

    Database database() {
        return database;
    }

    Instant now() {
        return wall;
    }

    /** Time goes by; what is due is done at the end of it only. */
    LifeOfJobs pass(String duration) {
        wall = wall.plus(Duration.parse(duration));
        steady = steady.plus(Duration.parse(duration));
        return stage();
    }

    /** Somebody sets the clock on the wall. */
    LifeOfJobs jump(String duration) {
        wall = wall.plus(Duration.parse(duration));
        return stage();
    }

    /** Does all that is to be done now. */
    LifeOfJobs stage() {
        Staging staging = jobs.staging();
        while (staging.stage() > 0 || staging.rest(Duration.ofSeconds(1)).isZero()) {
            // until nothing is left
        }
        return this;
    }

    Job submit(String id, String... members) {
        return jobs.submit(Specs.spec(id, members)).job();
    }

    Job get(String id) {
        return jobs.get(new JobId(id)).orElseThrow();
    }

    JobState state(String id) {
        return get(id).state();
    }

    /** When it is due, as "10:05" or "2026-11-22T10:05" when that is another day. */
    String due(String id) {
        Instant due = get(id).times().due().orElseThrow().at();
        String text = due.toString().replaceFirst("(:00)?Z$", "");
        return text.replace(START.toString().substring(0, 11), "");
    }

    Job run(String id) {
        return move(get(id), JobState.RUNNING, "");
    }

    Job end(String id, JobState end) {
        return move(get(id), end, end == JobState.FAILED ? "bad" : "");
    }

    /** Its turn comes, and it ends at once. */
    LifeOfJobs runTo(String id, JobState end) {
        run(id);
        end(id, end);
        return stage();
    }

    private Job move(Job job, JobState to, String reason) {
        Optional<String> why = Optional.of(reason).filter(text -> !text.isEmpty());
        return jobs.move(job.id(), job.run(), to, why, List.of());
    }

    Job pause(String id) {
        return jobs.pause(new JobId(id));
    }

    Job resume(String id) {
        return jobs.resume(new JobId(id));
    }

    Job start(String id) {
        return jobs.start(new JobId(id));
    }

    Job cancel(String id) {
        return jobs.cancel(new JobId(id));
    }

    Job retry(String id) {
        return jobs.retry(new JobId(id));
    }
}
