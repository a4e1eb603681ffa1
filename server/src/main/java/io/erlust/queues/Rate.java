package io.erlust.queues;

import java.util.Arrays;

/** Events a second over the last ten seconds, in ten buckets. Not thread-safe. */
final class Rate {
    private static final int SECONDS = 10;
    private final long[] counts = new long[SECONDS];
    private long second = Long.MIN_VALUE;

    void add(long nanos, long events) {
        advance(nanos);
        counts[(int) Math.floorMod(second, (long) SECONDS)] += events;
    }

    double perSecond(long nanos) {
        advance(nanos);
        return Arrays.stream(counts).sum() / (double) SECONDS;
    }

    private void advance(long nanos) {
        long now = Math.floorDiv(nanos, 1_000_000_000L);
        long from = Math.max(second + 1, now - SECONDS + 1);
        for (long each = from; each <= now; each++) {
            counts[(int) Math.floorMod(each, (long) SECONDS)] = 0;
        }
        second = Math.max(second, now);
    }
}
