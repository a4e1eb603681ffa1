package io.erlust.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class RetentionConfigTest {
    private static final Duration MONTH = Duration.ofDays(30);

    @Test
    void what_is_not_said_is_kept_thirty_days() {
        assertThat(RetentionConfig.DEFAULT)
                .isEqualTo(new RetentionConfig(MONTH, 1000, 20L << 30, 2L << 30));
    }

    @Test
    void limits_that_would_keep_nothing_are_refused() {
        assertRefused("finished", Duration.ofSeconds(59), 1, 1 << 20, 1 << 20);
        assertRefused("runs-max", MONTH, 0, 1 << 20, 1 << 20);
        assertRefused("runs-max", MONTH, 1_000_001, 1 << 20, 1 << 20);
        assertRefused("store-max", MONTH, 1, (1 << 20) - 1, 1 << 20);
        assertRefused("logs-max", MONTH, 1, 1 << 20, (1 << 20) - 1);
    }

    private static void assertRefused(
            String name, Duration finished, int runs, long store, long logs) {
        assertThatThrownBy(() -> new RetentionConfig(finished, runs, store, logs))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(name + ": expected ");
    }
}
