package io.erlust.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.JobState;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;

/** Vector 21 of OTP's rules, with a whole runner. */
class WallClockJumpTest {
    @Test
    void a_day_that_the_wall_clock_jumps_over_does_not_forgive_a_restart() throws Exception {
        AtomicReference<Instant> wall = new AtomicReference<>(Instant.EPOCH);
        RunnerFixture fixture = new RunnerFixture(wall::get);
        try {
            fixture.runner.start();
            fixture.submit("a", "'restart': {'period_ms': 3600000}");
            fixture.nodes.next().crash("");
            wall.updateAndGet(now -> now.plus(Duration.ofDays(1)));
            fixture.nodes.next().crash("");
            assertThat(fixture.seen.await("a", JobState.FAILED).reason().orElseThrow())
                    .contains("restart intensity 1 in 3600 s exceeded");
        } finally {
            fixture.close();
        }
    }
}
