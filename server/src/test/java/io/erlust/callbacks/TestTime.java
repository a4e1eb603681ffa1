package io.erlust.callbacks;

import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** Both clocks, standing still until told. */
final class TestTime implements WallClock, MonotonicClock {
    static final Instant START = Instant.parse("2026-11-21T10:00:00Z");

    private final AtomicLong passed = new AtomicLong();
    private final AtomicLong jumped = new AtomicLong();

    @Override
    public Instant now() {
        return START.plusNanos(passed.get() + jumped.get());
    }

    @Override
    public long nanos() {
        return passed.get();
    }

    /** Only of the wall clock: no time passes. */
    void jump(Duration by) {
        jumped.addAndGet(by.toNanos());
    }

    void pass(Duration more) {
        passed.addAndGet(more.toNanos());
    }
}
