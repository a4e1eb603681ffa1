package io.erlust.retention;

import io.erlust.time.MonotonicClock;

import java.time.Duration;
import java.util.List;

/** What one work may still delete: that is what every other writer waits for. */
final class Budget {
    private static final int ROWS_MAX = 1000;

    /** Pages of long values are visited one by one when they are freed. */
    private static final long BYTES_MAX = 8L << 20;

    /** Not more is begun after this, as on a slow disk or a database far away. */
    private static final Duration TIME_MAX = Duration.ofMillis(10);

    /** A row costs more than its value. */
    private static final int ROW_BYTES = 100;

    /** A row to be deleted, by its number among those of its run. */
    record Row(long seq, long bytes) {}

    private final MonotonicClock clock;
    private final long begun;
    private int rows = ROWS_MAX;
    private long bytes = BYTES_MAX;

    Budget(MonotonicClock clock) {
        this.clock = clock;
        this.begun = clock.nanos();
    }

    boolean isSpent() {
        return rows <= 0 || bytes <= 0 || clock.nanos() - begun > TIME_MAX.toNanos();
    }

    /** How many rows may be looked at for {@link #take}. */
    int rows() {
        return Math.max(0, rows);
    }

    /** What was deleted so far, or will be. */
    long spentBytes() {
        return BYTES_MAX - bytes;
    }

    void spend(int moreRows, long moreBytes) {
        rows -= moreRows;
        bytes -= moreBytes + (long) moreRows * ROW_BYTES;
    }

    /** How many of the rows, from the first, may be deleted now; they are spent. */
    int take(List<Row> next) {
        int taken = 0;
        while (taken < next.size() && rows > 0 && bytes > 0) {
            spend(1, next.get(taken).bytes());
            taken++;
        }
        return taken;
    }
}
