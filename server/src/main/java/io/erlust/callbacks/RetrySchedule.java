package io.erlust.callbacks;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/**
 * When a callback that failed is tried next: after 5 s, 30 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h,
 * then every 20 h, each spread over plus or minus a half; for the last time when its three days are
 * over.
 */
final class RetrySchedule {
    static final Duration TOTAL = Duration.ofDays(3);

    private static final List<Duration> DELAYS = List.of(
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofMinutes(5),
            Duration.ofMinutes(30),
            Duration.ofHours(2),
            Duration.ofHours(5),
            Duration.ofHours(10),
            Duration.ofHours(14),
            Duration.ofHours(20));

    /**
     * A receiver that asks to be called in no time is still left this long, once the first retries
     * failed.
     */
    private static final Duration ASKED_MIN = Duration.ofMinutes(1);

    private static final Duration ASKED_MAX = Duration.ofDays(1);

    private final DoubleSupplier random;

    /** @param random numbers from 0 to 1, from any thread */
    RetrySchedule(DoubleSupplier random) {
        this.random = random;
    }

    /**
     * Empty: no more.
     *
     * @param tries how often it was tried, the one that failed now included
     * @param asked the answer's Retry-After
     */
    Optional<Instant> next(int tries, Instant now, Instant expires, Optional<Duration> asked) {
        if (!now.isBefore(expires)) {
            return Optional.empty();
        }
        Duration usual = spread(DELAYS.get(Math.min(tries, DELAYS.size()) - 1));
        Duration delay = asked.map(wish -> honour(wish, usual)).orElse(usual);
        Instant next = now.plus(delay);
        return Optional.of(next.isBefore(expires) ? next : expires);
    }

    private static Duration honour(Duration wish, Duration usual) {
        Duration least = usual.compareTo(ASKED_MIN) < 0 ? usual : ASKED_MIN;
        Duration most = wish.compareTo(ASKED_MAX) < 0 ? wish : ASKED_MAX;
        return most.compareTo(least) < 0 ? least : most;
    }

    /** So that what failed together is not repeated together. */
    private Duration spread(Duration delay) {
        return Duration.ofMillis((long) (delay.toMillis() * (0.5 + random.getAsDouble())));
    }
}
