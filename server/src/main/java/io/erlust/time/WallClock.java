package io.erlust.time;

import java.time.Instant;

/** The time people read. It may jump; nothing but `when` and time stamps may depend on it. */
@FunctionalInterface
public interface WallClock {
    Instant now();

    static WallClock system() {
        return Instant::now;
    }

    /**
     * The time it is now, moved on by the clock that never jumps: for what is due, where that is
     * stored and so has to mean something to the next server.
     */
    static WallClock steady(WallClock wall, MonotonicClock clock) {
        Instant begun = wall.now();
        long nanos = clock.nanos();
        return () -> begun.plusNanos(clock.nanos() - nanos);
    }
}
