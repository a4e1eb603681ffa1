package io.erlust.cli;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * How fast a count grows, over about the last ten seconds: old enough to be calm, new enough to be
 * true.
 */
final class Rate {
    private static final long WINDOW_NANOS = Duration.ofSeconds(10).toNanos();

    private final Deque<Sample> samples = new ArrayDeque<>();

    private record Sample(long nanos, long count) {}

    void add(long nanos, long count) {
        if (!samples.isEmpty() && count < samples.getLast().count()) {
            samples.clear(); // a new run counts from the beginning
        }
        samples.addLast(new Sample(nanos, count));
        while (samples.size() > 2 && nanos - samples.getFirst().nanos() > WINDOW_NANOS) {
            samples.removeFirst();
        }
    }

    double perSecond() {
        if (samples.size() < 2) {
            return 0;
        }
        Sample first = samples.getFirst();
        Sample last = samples.getLast();
        double seconds = (last.nanos() - first.nanos()) / 1e9;
        return seconds <= 0 ? 0 : (last.count() - first.count()) / seconds;
    }

    /** Until {@code left} more are counted at this rate; empty while nothing moves. */
    Optional<Duration> timeFor(long left) {
        double rate = perSecond();
        return rate <= 0 || left / rate > Duration.ofDays(100).toSeconds()
                ? Optional.empty()
                : Optional.of(Duration.ofMillis(Math.round(1000 * left / rate)));
    }
}
