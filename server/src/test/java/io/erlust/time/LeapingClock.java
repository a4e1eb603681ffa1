package io.erlust.time;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** Both clocks of this machine, which a test moves on together. */
public final class LeapingClock implements MonotonicClock {
    private final AtomicLong ahead = new AtomicLong();

    @Override
    public long nanos() {
        return System.nanoTime() + ahead.get();
    }

    public WallClock wall() {
        return () -> Instant.now().plusNanos(ahead.get());
    }

    public void leap(Duration time) {
        ahead.addAndGet(time.toNanos());
    }
}
