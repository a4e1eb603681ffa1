package io.erlust.supervision;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.SeenStates;
import io.erlust.jobs.Specs;
import io.erlust.jobs.spec.JobId;
import io.erlust.store.Database;
import io.erlust.store.DatabaseConfig;
import io.erlust.store.TestDatabases;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import java.time.Duration;

/** A runner of jobs with {@link FakeNodes} on an SQLite store that can be opened again. */
final class RunnerFixture {
    private final DatabaseConfig config = TestDatabases.SQLITE.create();
    private final WallClock wall;
    private final MonotonicClock clock;
    private Database database;
    JobEvents events;
    Jobs jobs;
    SeenStates seen;
    FakeNodes nodes;
    JobRunner runner;

    RunnerFixture(WallClock wall) {
        this(wall, MonotonicClock.system());
    }

    RunnerFixture(WallClock wall, MonotonicClock clock) {
        this.wall = wall;
        this.clock = clock;
        open();
    }

    private void open() {
        database = Database.open(config);
        events = new JobEvents();
        jobs = new Jobs(database, events, wall);
        seen = new SeenStates(events);
        nodes = new FakeNodes();
        runner = new JobRunner(jobs, events, nodes, clock, 8);
    }

    /** As if the server had died, when its runner was not started or has nothing to do. */
    void reopen() throws InterruptedException {
        close();
        open();
    }

    Job submit(String id, String... members) {
        return jobs.submit(Specs.spec(id, members)).job();
    }

    Job get(String id) {
        return jobs.get(new JobId(id)).orElseThrow();
    }

    void close() throws InterruptedException {
        runner.stop(Duration.ZERO);
        database.close();
    }
}
