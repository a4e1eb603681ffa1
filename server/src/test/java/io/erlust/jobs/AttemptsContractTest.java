package io.erlust.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.store.DatabaseConfig;
import io.erlust.store.TestDatabases;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What follows an attempt that failed, on each database. */
@ParameterizedClass
@EnumSource(TestDatabases.class)
class AttemptsContractTest {
    private final DatabaseConfig config;
    private LifeOfJobs life;

    AttemptsContractTest(TestDatabases kind) {
        config = kind.create();
    }

    @BeforeEach
    void open() {
        life = new LifeOfJobs(config);
    }

    @AfterEach
    void close() {
        life.close();
    }

    private void expect(String id, JobState state, int run, int attempt) {
        assertThat(life.state(id)).isEqualTo(state);
        assertThat(life.get(id).run()).isEqualTo(run);
        assertThat(life.get(id).attempt()).isEqualTo(attempt);
    }

    @Test
    void each_is_a_run_and_the_last_one_decides() {
        life.submit("a", "'job_attempts': 3");
        life.runTo("a", JobState.FAILED);
        expect("a", JobState.SCHEDULED, 2, 2);
        assertThat(life.get("a").reason()).contains("attempt 1 of 3 failed: bad");
        life.pass("PT10S").runTo("a", JobState.FAILED);
        life.pass("PT20S").runTo("a", JobState.FAILED);
        expect("a", JobState.FAILED, 3, 3);
        assertThat(life.jobs().runs(life.get("a"), Integer.MAX_VALUE, 10))
                .extracting(run ->
                        run.run() + " " + run.attempt() + " " + run.state().wire())
                .containsExactly("3 3 failed", "2 2 failed", "1 1 failed");
        assertThat(life.jobs().runs(life.get("a"), 3, 1))
                .extracting(JobRun::run)
                .containsExactly(2);
        assertThat(life.told)
                .filteredOn(event ->
                        event instanceof JobEvent.StateChanged(var _, var retried) && retried)
                .hasSize(2);
    }

    @Test
    void the_pauses_double_up_to_an_hour_and_are_between_half_and_the_whole() {
        for (int i = 0; i < 20; i++) {
            String id = "a" + i;
            life.submit(id, "'job_attempts': 5, 'job_backoff_ms': 900000");
            for (int minutes : new int[] {15, 30, 60, 60}) {
                Instant failed = life.now();
                life.runTo(id, JobState.FAILED);
                Duration pause = Duration.between(
                        failed, life.get(id).times().due().orElseThrow().at());
                Duration whole = Duration.ofMinutes(minutes);
                assertThat(pause).isBetween(whole.dividedBy(2), whole);
                life.pass(pause.minusMillis(1).toString());
                assertThat(life.state(id)).isEqualTo(JobState.SCHEDULED);
                life.pass("PT0.001S");
                assertThat(life.state(id)).isEqualTo(JobState.AVAILABLE);
            }
        }
    }

    @Test
    void the_clock_on_the_wall_does_not_move_a_pause_or_a_delay() {
        for (String jump : new String[] {"P1D", "-P1D"}) {
            life.submit("retried" + jump, "'job_attempts': 2, 'job_backoff_ms': 3600000");
            life.submit("delayed" + jump, "'when': 'PT1H'");
            life.runTo("retried" + jump, JobState.FAILED);
            life.jump(jump);
            life.pass("PT29M59.999S");
            assertThat(life.state("retried" + jump)).isEqualTo(JobState.SCHEDULED);
            life.pass("PT30M");
            assertThat(life.state("delayed" + jump)).isEqualTo(JobState.SCHEDULED);
            life.pass("PT0.001S");
            assertThat(life.state("retried" + jump)).isEqualTo(JobState.AVAILABLE);
            assertThat(life.state("delayed" + jump)).isEqualTo(JobState.AVAILABLE);
        }
    }

    @Test
    void a_pause_without_length_is_none() {
        life.submit("a", "'job_attempts': 2, 'job_backoff_ms': 0");
        life.runTo("a", JobState.FAILED);
        expect("a", JobState.AVAILABLE, 2, 2);
    }

    @Test
    void a_pause_goes_on_over_a_restart() {
        life.submit("a", "'job_attempts': 2, 'job_backoff_ms': 3600000");
        life.runTo("a", JobState.FAILED);
        life.restart();
        life.pass("PT29M59S");
        expect("a", JobState.SCHEDULED, 2, 2);
        life.pass("PT30M1S");
        expect("a", JobState.AVAILABLE, 2, 2);
    }

    @Test
    void who_is_linked_is_told_of_the_last_failure_only() {
        life.submit("a", "'job_attempts': 2");
        life.submit("b", "'when': 'manual', 'links': ['a']");
        life.runTo("a", JobState.FAILED);
        assertThat(life.state("b")).isEqualTo(JobState.SCHEDULED);
        life.pass("PT10S").runTo("a", JobState.FAILED);
        assertThat(life.state("b")).isEqualTo(JobState.FAILED);
    }

    @Test
    void what_others_did_to_it_no_attempt_mends() {
        life.submit("linked");
        life.submit("signalled", "'job_attempts': 2, 'links': ['linked']");
        life.submit("cancelled", "'job_attempts': 2");
        life.submit("raced", "'job_attempts': 2");
        life.submit("never", "'job_attempts': 2");
        life.run("signalled");
        life.runTo("linked", JobState.FAILED);
        life.end("signalled", JobState.FAILED);
        life.run("cancelled");
        life.cancel("cancelled");
        life.end("cancelled", JobState.CANCELLED);
        life.run("raced");
        life.cancel("raced");
        life.end("raced", JobState.FAILED);
        life.end("never", JobState.FAILED);
        for (String id : new String[] {"signalled", "raced", "never"}) {
            expect(id, JobState.FAILED, 1, 1);
        }
        expect("cancelled", JobState.CANCELLED, 1, 1);
    }

    @Test
    void while_it_waits_it_can_be_started_paused_and_cancelled() {
        for (String id : new String[] {"started", "paused", "cancelled"}) {
            life.submit(id, "'job_attempts': 2");
            life.runTo(id, JobState.FAILED);
        }
        life.start("started");
        expect("started", JobState.AVAILABLE, 2, 2);
        life.pause("paused");
        life.pass("PT1H");
        expect("paused", JobState.SCHEDULED, 2, 2);
        life.resume("paused");
        life.stage();
        expect("paused", JobState.AVAILABLE, 2, 2);
        life.cancel("cancelled");
        expect("cancelled", JobState.CANCELLED, 2, 2);
    }

    @Test
    void paused_and_resumed_in_time_it_still_waits_for_the_end_of_its_pause() {
        life.submit("a", "'job_attempts': 2, 'job_backoff_ms': 3600000");
        life.runTo("a", JobState.FAILED);
        life.pause("a");
        life.resume("a");
        expect("a", JobState.SCHEDULED, 2, 2);
        Instant due = life.get("a").times().due().orElseThrow().at();
        assertThat(life.jobs().waitingFor(life.get("a"))).contains(new WaitingFor.Retry(due, 2, 2));
    }

    @Test
    void no_attempt_begins_after_the_end_of_a_job() {
        life.submit("a", "'job_attempts': 2, 'job_backoff_ms': 3600000", "'expires_at': 'PT20M'");
        life.runTo("a", JobState.FAILED);
        expect("a", JobState.FAILED, 1, 1);
    }

    @Test
    void a_retry_by_hand_begins_with_the_first_attempt() {
        life.submit("a", "'job_attempts': 2, 'job_backoff_ms': 0");
        life.runTo("a", JobState.FAILED).runTo("a", JobState.FAILED);
        expect("a", JobState.FAILED, 2, 2);
        life.retry("a");
        expect("a", JobState.AVAILABLE, 3, 1);
        life.runTo("a", JobState.FAILED);
        expect("a", JobState.AVAILABLE, 4, 2);
        assertThat(life.get("a").endedAt()).isEqualTo(Optional.empty());
    }
}
