package io.erlust.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

/** On a clock that the test moves; it begins anywhere, as that of a machine does. */
class RateTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long TENTH = SECOND / 10;

    /** Ten events each tenth of a second, for so long; returns when that was. */
    private static long hundredPerSecond(Rate rate, long from, int seconds) {
        long now = from;
        for (int i = 0; i < seconds * 10; i++) {
            now += TENTH;
            rate.add(now, 10);
        }
        return now;
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -5 * SECOND - 7, Long.MAX_VALUE - 30 * SECOND, Long.MIN_VALUE})
    void a_constant_rate_is_shown_from_its_first_second_on(long begun) {
        Rate rate = new Rate(begun);
        long now = begun;
        for (int second = 1; second <= 60; second++) {
            now = hundredPerSecond(rate, now, 1);
            assertThat(rate.perSecond(now)).as("after %d s", second).isCloseTo(100, within(2.0));
        }
    }

    @Test
    void in_the_first_second_it_is_what_was_counted() {
        Rate rate = new Rate(0);
        assertThat(rate.perSecond(0)).isZero();
        rate.add(TENTH, 40);
        assertThat(rate.perSecond(TENTH)).isEqualTo(40);
        assertThat(rate.perSecond(2 * SECOND)).isEqualTo(20);
    }

    @Test
    void a_burst_is_spread_over_the_seconds_that_count_and_then_forgotten() {
        Rate rate = new Rate(0);
        rate.add(60 * SECOND, 1000);
        assertThat(rate.perSecond(60 * SECOND)).isCloseTo(111, within(1.0));
        assertThat(rate.perSecond(69 * SECOND)).isCloseTo(111, within(1.0));
        assertThat(rate.perSecond(70 * SECOND)).isZero();
    }

    @Test
    void silence_lets_it_fall_to_nothing_within_ten_seconds() {
        Rate rate = new Rate(0);
        long end = hundredPerSecond(rate, 0, 20);
        double before = rate.perSecond(end);
        for (int second = 1; second <= 10; second++) {
            double now = rate.perSecond(end + second * SECOND);
            assertThat(now).isLessThan(before);
            before = now;
        }
        assertThat(before).isZero();
    }

    @Test
    void a_clock_far_ahead_costs_nothing_and_counting_goes_on() {
        Rate rate = new Rate(0);
        hundredPerSecond(rate, 0, 5);
        long ahead = Duration.ofDays(100 * 365).toNanos();
        assertThat(rate.perSecond(ahead)).isZero();
        long now = hundredPerSecond(rate, ahead, 10);
        assertThat(rate.perSecond(now)).isCloseTo(100, within(2.0));
    }

    @Test
    void a_time_that_is_a_moment_late_is_counted_all_the_same() {
        Rate rate = new Rate(0);
        rate.add(5 * SECOND, 30);
        rate.add(4 * SECOND, 20);
        assertThat(rate.perSecond(5 * SECOND)).isEqualTo(10);
    }

    @Test
    void the_time_left_is_known_while_something_moves_and_within_a_hundred_days() {
        assertThat(Rate.timeFor(90, 1)).contains(Duration.ofSeconds(90));
        assertThat(Rate.timeFor(1, 3)).contains(Duration.ofMillis(333));
        assertThat(Rate.timeFor(0, 1)).contains(Duration.ZERO);
        assertThat(Rate.timeFor(-5, 1)).contains(Duration.ZERO);
        assertThat(Rate.timeFor(5, 0)).isEmpty();
        assertThat(Rate.timeFor(0, 0)).isEmpty();
        assertThat(Rate.timeFor(8_640_000, 1)).contains(Rate.LEFT_MAX);
        assertThat(Rate.timeFor(8_640_001, 1)).isEmpty();
        assertThat(Rate.timeFor(Long.MAX_VALUE, 0.01)).isEmpty();
    }

    @Test
    void it_is_shown_with_two_decimals() {
        assertThat(Rate.rounded(1 / 3.0)).isEqualTo(0.33);
        assertThat(Rate.rounded(1500)).isEqualTo(1500);
    }
}
