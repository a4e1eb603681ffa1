package io.erlust.callbacks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class HostGateTest {
    private long nanos;
    private final CallbackConfig config = CallbackConfig.defaults("test");
    private final HostGate gate = new HostGate(config, () -> nanos, () -> 1);

    private void prove(String host) {
        gate.enter(host);
        gate.answered(host);
    }

    @Test
    void a_host_begins_with_one_attempt_and_has_four_once_it_answered() {
        assertThat(gate.room("a:443")).isEqualTo(1);
        gate.enter("a:443");
        assertThat(gate.room("a:443")).isZero();
        gate.answered("a:443");
        assertThat(gate.room("a:443")).isEqualTo(3);
        for (int i = 0; i < 3; i++) {
            gate.enter("a:443");
        }
        assertThat(gate.room("a:443")).isZero();
        gate.leave("a:443");
        assertThat(gate.room("a:443")).isEqualTo(1);
    }

    @Test
    void a_host_that_answered_keeps_its_four_between_attempts_until_it_is_idle_for_long() {
        prove("a:443");
        gate.leave("a:443");
        assertThat(gate.room("a:443")).isEqualTo(4);
        nanos += Duration.ofMinutes(11).toNanos();
        assertThat(gate.room("a:443")).isEqualTo(1);
    }

    @Test
    void the_counts_are_right_when_a_proof_has_run_out() {
        prove("a:443");
        gate.leave("a:443");
        nanos += Duration.ofMinutes(11).toNanos();
        assertThat(gate.room("a:443")).isEqualTo(1);
        gate.enter("a:443");
        gate.leave("a:443");
        assertThat(gate.inFlight()).isZero();
        prove("good:443");
        for (int i = 0; gate.room("hanging" + i + ":443") > 0; i++) {
            gate.enter("hanging" + i + ":443");
        }
        assertThat(gate.inFlight()).isEqualTo(1 + config.inFlightMax() / 2);
    }

    @Test
    void hosts_that_never_answer_leave_half_of_all_slots_to_the_others() {
        prove("good:443");
        for (int i = 0; gate.room("hanging" + i + ":443") > 0; i++) {
            gate.enter("hanging" + i + ":443");
        }
        assertThat(gate.inFlight()).isEqualTo(1 + config.inFlightMax() / 2);
        assertThat(gate.room("good:443")).isEqualTo(3);
    }

    @Test
    void a_host_that_keeps_failing_is_paused_longer_and_longer_up_to_a_minute() {
        gate.enter("a:443");
        gate.failed("a:443", false, Duration.ZERO);
        gate.failed("a:443", false, Duration.ZERO);
        assertThat(gate.pauseLeft("a:443")).isZero();
        gate.failed("a:443", false, Duration.ZERO);
        assertThat(gate.pauseLeft("a:443")).isEqualTo(Duration.ofSeconds(4));
        for (int i = 0; i < 20; i++) {
            gate.failed("a:443", false, Duration.ZERO);
        }
        gate.leave("a:443");
        assertThat(gate.pauseLeft("a:443")).isEqualTo(Duration.ofMinutes(1));
        assertThat(gate.room("a:443")).isZero();
        nanos += Duration.ofMinutes(1).toNanos();
        assertThat(gate.room("a:443")).isEqualTo(1);
        prove("a:443");
        assertThat(gate.room("a:443")).isEqualTo(3);
    }

    @Test
    void a_host_that_asks_for_less_is_paused_at_once_as_long_as_it_asks_within_bounds() {
        gate.enter("a:443");
        gate.failed("a:443", true, Duration.ofSeconds(90));
        assertThat(gate.pauseLeft("a:443")).isEqualTo(Duration.ofSeconds(90));
        gate.failed("a:443", true, Duration.ofDays(9));
        assertThat(gate.pauseLeft("a:443")).isEqualTo(Duration.ofMinutes(10));
        gate.forgive("a:443");
        assertThat(gate.pauseLeft("a:443")).isZero();
    }

    @Test
    void the_counts_come_back_to_zero_however_attempts_end() {
        for (int i = 0; i < 100; i++) {
            prove("a:443");
            gate.enter("a:443");
            gate.failed("a:443", false, Duration.ZERO);
            gate.leave("a:443");
            gate.answered("a:443");
            gate.leave("a:443");
        }
        assertThat(gate.inFlight()).isZero();
        int fresh = 0;
        for (int i = 0; gate.room("h" + i + ":443") > 0; i++, fresh++) {
            gate.enter("h" + i + ":443");
        }
        assertThat(fresh).isEqualTo(config.inFlightMax() / 2);
    }
}
