package io.erlust.retention;

import io.erlust.store.Database;
import io.erlust.time.WallClock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Removes runs that ended too long ago, then of each job those beyond the number that is kept, then
 * the oldest ones while the store is too large.
 */
final class RunPruner {
    private static final Logger log = LoggerFactory.getLogger(RunPruner.class);

    /** Who was waiting for a run reads it before it can go for its size. */
    static final Duration YOUNG = Duration.ofMinutes(10);

    private final RetentionConfig config;
    private final LongSupplier usedBytes;
    private final WallClock clock;
    private final Removal removal;
    private final Walk byAge;
    private final Walk bySize;
    private final ManyRuns byNumber;

    /** Said already. Only the pruner's thread. */
    private boolean isTooLarge;

    RunPruner(
            RetentionConfig config,
            Database database,
            LongSupplier usedBytes,
            WallClock clock,
            Removal removal) {
        this.config = config;
        this.usedBytes = usedBytes;
        this.clock = clock;
        this.removal = removal;
        this.byAge = new Walk(database);
        this.bySize = new Walk(database);
        this.byNumber = new ManyRuns(database, config.runsMax());
    }

    void round(PruningTask task) throws IOException, InterruptedException {
        removal.finish(task);
        pruneByAge(task);
        byNumber.round(removal, task);
        pruneBySize(task);
    }

    private void pruneByAge(PruningTask task) throws IOException, InterruptedException {
        byAge.round();
        long before = clock.now().minus(config.finished()).toEpochMilli();
        for (List<EndedRun> runs = byAge.next(before);
                task.goesOn() && !runs.isEmpty();
                runs = byAge.next(before)) {
            removal.remove(runs, Long.MAX_VALUE, task);
            byAge.pass(runs);
        }
    }

    private void pruneBySize(PruningTask task) throws IOException, InterruptedException {
        bySize.round();
        long excess = usedBytes.getAsLong() - config.storeBytesMax();
        long before = clock.now().minus(YOUNG).toEpochMilli();
        while (excess > 0 && task.goesOn()) {
            List<EndedRun> runs = bySize.next(before);
            if (runs.isEmpty()) {
                tooLarge(excess);
                return;
            }
            excess -= removal.remove(runs, excess, task);
            if (excess > 0) {
                bySize.pass(runs);
            }
        }
        isTooLarge = isTooLarge && excess > 0;
    }

    private void tooLarge(long excess) {
        if (!isTooLarge) {
            log.warn(
                    "the store is {} MiB larger than it may be ({} MiB), and nothing more can be"
                            + " pruned now: queues, and runs that have not ended or have only just"
                            + " ended, take the space",
                    (excess >> 20) + 1,
                    config.storeBytesMax() >> 20);
        }
        isTooLarge = true;
    }
}
