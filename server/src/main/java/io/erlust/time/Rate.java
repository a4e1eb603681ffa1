package io.erlust.time;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * Events a second over about the last ten seconds, in buckets of a second: old enough to be calm,
 * new enough to be true. Times are those of a {@link MonotonicClock}. Not thread-safe.
 */
public final class Rate {
    /** An estimate beyond this says nothing. */
    public static final Duration LEFT_MAX = Duration.ofDays(100);

    private static final int BUCKETS = 10;
    private static final long SECOND = 1_000_000_000L;

    private final long[] counts = new long[BUCKETS];
    private final long begun;

    /** The second since the beginning whose bucket is being filled. */
    private long second;

    /** @param nanos now, when counting begins */
    public Rate(long nanos) {
        begun = nanos;
    }

    public void add(long nanos, long events) {
        advance(nanos);
        counts[(int) (second % BUCKETS)] += events;
    }

    /** Of the seconds in the buckets, the last of which is not over; of one second at least. */
    public double perSecond(long nanos) {
        advance(nanos);
        long oldest = Math.max(0, second - BUCKETS + 1);
        long covered = nanos - begun - oldest * SECOND;
        return Arrays.stream(counts).sum() * (double) SECOND / Math.max(SECOND, covered);
    }

    /** Empties the buckets of the seconds since the last call: ten at most, however long ago. */
    private void advance(long nanos) {
        long now = (nanos - begun) / SECOND;
        for (long each = Math.max(second + 1, now - BUCKETS + 1); each <= now; each++) {
            counts[(int) (each % BUCKETS)] = 0;
        }
        second = Math.max(second, now); // somebody else's now may be a moment ago
    }

    /** How long {@code left} events take at this rate; empty when nothing moves, or hardly. */
    public static Optional<Duration> timeFor(long left, double perSecond) {
        double seconds = Math.max(0, left) / perSecond;
        return perSecond <= 0 || seconds > LEFT_MAX.toSeconds()
                ? Optional.empty()
                : Optional.of(Duration.ofMillis(Math.round(1000 * seconds)));
    }

    /** As it is shown. */
    public static double rounded(double perSecond) {
        return Math.round(perSecond * 100) / 100.0;
    }
}
