package io.erlust.time;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

class PaceTest {
    private final AtomicLong nanos = new AtomicLong(Duration.ofDays(1).toNanos());
    private final Pace pace = new Pace(nanos::get);

    private void passes(long millis) {
        nanos.addAndGet(Duration.ofMillis(millis).toNanos());
    }

    @Test
    void it_is_not_known_before_a_second_after_the_first_sign_of_life() {
        passes(60_000);
        assertThat(pace.perSecond()).isEmpty();
        pace.move(1_000_000); // done before, who knows when
        passes(500);
        pace.move(50);
        assertThat(pace.perSecond()).isEmpty();
        passes(500);
        assertThat(pace.perSecond()).hasValue(50);
    }

    @Test
    void what_stands_still_has_the_pace_nought() {
        pace.move(1);
        passes(1000);
        assertThat(pace.perSecond()).hasValue(0);
        pace.move(30);
        passes(500);
        assertThat(pace.perSecond()).hasValue(20);
        passes(Duration.ofDays(1).toMillis());
        assertThat(pace.perSecond()).hasValue(0);
    }
}
