package io.erlust.time;

/**
 * Time that never jumps, in nanoseconds from an arbitrary start. For leases, time-outs, back-off.
 */
@FunctionalInterface
public interface MonotonicClock {
    long nanos();

    static MonotonicClock system() {
        return System::nanoTime;
    }
}
