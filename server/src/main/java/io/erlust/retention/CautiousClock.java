package io.erlust.retention;

import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A time that is never ahead of the one runs ended at, so that a wall clock that jumps makes none
 * of them old: it goes as time passes, and behind by as much as the wall clock ever was in this
 * life of the server, as far as it was looked at.
 */
final class CautiousClock implements WallClock {
    private final WallClock wall;
    private final WallClock steady;
    private final AtomicReference<Duration> behind = new AtomicReference<>(Duration.ZERO);

    CautiousClock(WallClock wall, MonotonicClock clock) {
        this.wall = wall;
        this.steady = WallClock.steady(wall, clock);
    }

    @Override
    public Instant now() {
        Instant passed = steady.now();
        Duration told = Duration.between(wall.now(), passed);
        Duration most = behind.accumulateAndGet(told, (a, b) -> a.compareTo(b) < 0 ? b : a);
        return passed.minus(most);
    }
}
