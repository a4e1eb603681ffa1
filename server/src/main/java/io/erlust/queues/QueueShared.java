package io.erlust.queues;

import io.erlust.store.Database;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * What every queue shares.
 *
 * @param hold a broker's message is here no longer than this and a third more; then the store takes
 *     it over, or it goes back
 */
record QueueShared(
        Database database,
        WallClock wall,
        MonotonicClock clock,
        ScheduledExecutorService timer,
        Broker broker,
        Duration hold,
        long wallAtStart,
        long nanosAtStart) {
    QueueShared(
            Database database,
            WallClock wall,
            MonotonicClock clock,
            ScheduledExecutorService timer,
            Broker broker,
            Duration hold) {
        this(database, wall, clock, timer, broker, hold, wall.now().toEpochMilli(), clock.nanos());
    }

    /** For when retries are due: wall time at the start, moved on by the clock that never jumps. */
    long steadyMillis() {
        return wallAtStart + (clock.nanos() - nanosAtStart) / 1_000_000;
    }

    void later(long millis, Runnable task) {
        if (!timer.isShutdown()) { // a broker may still answer while the server ends
            var _ = timer.schedule(task, millis, TimeUnit.MILLISECONDS);
        }
    }
}
