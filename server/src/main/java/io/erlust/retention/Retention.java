package io.erlust.retention;

import io.erlust.store.Database;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Removes what is no longer to be kept, in the background: the {@code run-pruner} runs that have
 * ended, with their results and callbacks, the {@code log-pruner} what nodes printed. It is worse
 * to remove too much than too late: a run stays while anybody has still to be told of it.
 */
public final class Retention {
    private final PruningTask runPruner;
    private final PruningTask logPruner;

    /** What a task did since the start of the server; {@code removed}: runs, or logs of runs. */
    public record Counts(String name, long runs, long failures, long removed) {}

    public Retention(
            RetentionConfig config,
            Database database,
            RunLogs logs,
            WallClock wall,
            MonotonicClock clock) {
        this(config, database, database::usedBytes, logs, wall, clock);
    }

    Retention(
            RetentionConfig config,
            Database database,
            LongSupplier usedBytes,
            RunLogs logs,
            WallClock wall,
            MonotonicClock clock) {
        WallClock cautious = new CautiousClock(wall, clock);
        Removal removal = new Removal(database, logs, clock);
        runPruner = new PruningTask(
                "run-pruner", new RunPruner(config, database, usedBytes, cautious, removal)::round);
        logPruner = new PruningTask(
                "log-pruner", new LogPruner(config, database, cautious, logs)::round);
    }

    /** To be called once. */
    public void start() {
        runPruner.start();
        logPruner.start();
    }

    /** What is not removed yet is removed after the next start. */
    public void stop(Duration deadline) throws InterruptedException {
        runPruner.stop(deadline);
        logPruner.stop(deadline);
    }

    public List<Counts> counts() {
        return List.of(runPruner.counts(), logPruner.counts());
    }

    public long prunedRuns() {
        return runPruner.counts().removed();
    }

    public long prunedLogs() {
        return logPruner.counts().removed();
    }

    /** A round of each, now, on this thread. */
    void round() throws InterruptedException {
        runPruner.round();
        logPruner.round();
    }
}
