package io.erlust.supervision;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long a restart that does not count waits, so that starts of processes do not use up a
 * machine: not at all at first, then from half to the whole of 50, 100, 200, 400, 800, 1000, 1000 …
 * ms, by chance, so that nodes which crash together do not start together. OTP, whose starts cost
 * nothing, never waits.
 */
final class BackOff {
    static final Duration FIRST = Duration.ofMillis(50);
    static final Duration MAX = Duration.ofSeconds(1);

    /** A node that lived this long has its next restart at once again. */
    static final Duration RESET = Duration.ofSeconds(10);

    private final RandomGenerator random;

    BackOff(RandomGenerator random) {
        this.random = random;
    }

    /** The wait before the next restart; to be asked once for each. */
    Duration before(Child child, long now) {
        if (now - child.startedAt >= RESET.toNanos()) {
            child.streak = 0;
        }
        int before = child.streak++;
        if (before == 0) {
            return Duration.ZERO;
        }
        long whole = Math.min(FIRST.toNanos() << Math.min(before - 1, 10), MAX.toNanos());
        return Duration.ofNanos(random.nextLong(whole / 2, whole + 1));
    }
}
