package io.erlust.queues;

import io.erlust.store.Database;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** What every queue shares. */
record QueueShared(
        Database database,
        WallClock wall,
        MonotonicClock clock,
        ScheduledExecutorService timer,
        Broker broker,
        long wallAtStart,
        long nanosAtStart) {
    QueueShared(
            Database database,
            WallClock wall,
            MonotonicClock clock,
            ScheduledExecutorService timer,
            Broker broker) {
        this(database, wall, clock, timer, broker, wall.now().toEpochMilli(), clock.nanos());
    }

    /** For when retries are due: wall time at the start, moved on by the clock that never jumps. */
    long steadyMillis() {
        return wallAtStart + (clock.nanos() - nanosAtStart) / 1_000_000;
    }

    void later(long millis, Runnable task) {
        var _ = timer.schedule(task, millis, TimeUnit.MILLISECONDS);
    }
}
