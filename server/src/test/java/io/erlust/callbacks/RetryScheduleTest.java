package io.erlust.callbacks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

class RetryScheduleTest {
    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
    private static final Instant EXPIRES = NOW.plus(RetrySchedule.TOTAL);

    private final RetrySchedule even = new RetrySchedule(() -> 0.5);

    @Test
    void a_callback_is_tried_for_three_days_and_the_last_time_when_they_are_over() {
        List<String> delays = new ArrayList<>();
        Instant at = NOW;
        for (int tries = 1; ; tries++) {
            Optional<Instant> next = even.next(tries, at, EXPIRES, Optional.empty());
            if (next.isEmpty()) {
                break;
            }
            delays.add(Duration.between(at, next.get()).toString());
            at = next.get();
        }
        assertThat(at).isEqualTo(EXPIRES);
        assertThat(delays)
                .startsWith(
                        "PT5S", "PT30S", "PT5M", "PT30M", "PT2H", "PT5H", "PT10H", "PT14H", "PT20H")
                .hasSize(11);
    }

    @Test
    void delays_are_spread_over_a_half_more_and_less() {
        Optional<Instant> early =
                new RetrySchedule(() -> 0).next(2, NOW, EXPIRES, Optional.empty());
        Optional<Instant> late = new RetrySchedule(() -> 1).next(2, NOW, EXPIRES, Optional.empty());
        assertThat(early).contains(NOW.plusSeconds(15));
        assertThat(late).contains(NOW.plusSeconds(45));
    }

    /** Tries, seconds asked for, seconds until the next try. */
    @ParameterizedTest
    @CsvSource({"1, 120, 120", "1, 0, 5", "5, 3, 60", "5, 90, 90", "1, 999999999, 86400"})
    void what_the_receiver_asks_for_is_done_within_bounds(int tries, long asked, long seconds) {
        assertThat(even.next(tries, NOW, EXPIRES, Optional.of(Duration.ofSeconds(asked))))
                .contains(NOW.plusSeconds(seconds));
    }

    @Test
    void retry_after_is_read_as_seconds_or_as_a_date() {
        assertThat(asked("17")).contains(Duration.ofSeconds(17));
        assertThat(asked("Sat, 21 Nov 2026 10:01:00 GMT")).contains(Duration.ofMinutes(1));
        assertThat(asked("Sat, 21 Nov 2026 09:01:00 GMT")).contains(Duration.ZERO);
        assertThat(asked("soon")).isEmpty();
        assertThat(asked("-5")).isEmpty();
        assertThat(asked("99999999999999999999")).isEmpty();
    }

    private static Optional<Duration> asked(String retryAfter) {
        return ((Outcome.Failed) Outcome.answered(503, retryAfter, NOW)).retryAfter();
    }
}
