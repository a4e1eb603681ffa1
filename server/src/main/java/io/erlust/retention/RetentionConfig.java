package io.erlust.retention;

import java.time.Duration;

/**
 * How long things are kept.
 *
 * @param finished a run that ended longer ago goes, with its results, callbacks and logs
 * @param runsMax of one job: so many of the runs before its latest one are kept
 * @param storeBytesMax the oldest runs go while the store is larger
 * @param logsBytesMax the logs of the oldest runs go while all logs together are larger
 */
public record RetentionConfig(
        Duration finished, int runsMax, long storeBytesMax, long logsBytesMax) {
    private static final Duration FINISHED_MIN = Duration.ofMinutes(1);
    private static final Duration FINISHED_MAX = Duration.ofDays(36_600);
    private static final int RUNS_MAX = 1_000_000;
    private static final long BYTES_MIN = 1L << 20;

    public static final RetentionConfig DEFAULT =
            new RetentionConfig(Duration.ofDays(30), 1000, 20L << 30, 2L << 30);

    public RetentionConfig {
        if (finished.compareTo(FINISHED_MIN) < 0 || finished.compareTo(FINISHED_MAX) > 0) {
            throw new IllegalArgumentException(
                    "finished: expected PT1M to 36600 days, got " + finished);
        }
        if (runsMax < 1 || runsMax > RUNS_MAX) {
            throw new IllegalArgumentException(
                    "runs-max: expected 1 to " + RUNS_MAX + ", got " + runsMax);
        }
        requireBytes("store-max", storeBytesMax);
        requireBytes("logs-max", logsBytesMax);
    }

    private static void requireBytes(String name, long bytes) {
        if (bytes < BYTES_MIN) {
            throw new IllegalArgumentException(
                    name + ": expected at least " + BYTES_MIN + " (1 MiB), got " + bytes);
        }
    }
}
