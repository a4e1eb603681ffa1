package io.erlust.time;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.OptionalDouble;

/**
 * How fast something moves on, measured from its first sign of life: what was done before that, and
 * the time before it, don't count. Any thread.
 */
public final class Pace {
    /** Less is too short to tell. */
    private static final long MEASURED_NANOS = Duration.ofSeconds(1).toNanos();

    private final MonotonicClock clock;

    /** Null before the first sign. Guarded by this, as is the field below. */
    private @Nullable Rate rate;

    private long begun;

    public Pace(MonotonicClock clock) {
        this.clock = clock;
    }

    public synchronized void move(long by) {
        long now = clock.nanos();
        if (rate == null) {
            rate = new Rate(now);
            begun = now;
        } else {
            rate.add(now, by);
        }
    }

    /** 0 when it stands still; empty when that is not known yet. */
    public synchronized OptionalDouble perSecond() {
        long now = clock.nanos();
        return rate == null || now - begun < MEASURED_NANOS
                ? OptionalDouble.empty()
                : OptionalDouble.of(rate.perSecond(now));
    }
}
