package io.erlust.supervision;

import java.time.Duration;
import java.util.ArrayDeque;

/**
 * OTP's restart intensity: more than {@code intensity} restarts within {@code period} are too many.
 * Counted like OTP does, in whole seconds of monotonic time; a restart exactly one period ago still
 * counts.
 */
final class RestartLimit {
    private static final long SECOND = 1_000_000_000L;

    private final int intensity;
    private final long periodSeconds;

    /** When the last restarts were, in seconds, oldest first; at most {@code intensity + 1}. */
    private final ArrayDeque<Long> restarts = new ArrayDeque<>();

    RestartLimit(int intensity, Duration period) {
        this.intensity = intensity;
        this.periodSeconds = period.toSeconds();
    }

    /** Counts a restart; true when it is one too many. */
    boolean exceededBy(long nowNanos) {
        long now = Math.floorDiv(nowNanos, SECOND);
        while (!restarts.isEmpty() && restarts.peekFirst() < now - periodSeconds) {
            restarts.removeFirst();
        }
        restarts.addLast(now);
        return restarts.size() > intensity;
    }

    @Override
    public String toString() {
        return "restart intensity " + intensity + " in " + periodSeconds + " s exceeded";
    }
}
