package io.erlust.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erlust.store.DatabaseConfig;
import io.erlust.store.TestDatabases;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.Optional;

/** When a job may run, what stops it, and what it says it waits for, on each database. */
@ParameterizedClass
@EnumSource(TestDatabases.class)
class JobLifeContractTest {
    private final DatabaseConfig config;
    private LifeOfJobs life;

    JobLifeContractTest(TestDatabases kind) {
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

    private void expect(String id, JobState state) {
        assertThat(life.state(id)).isEqualTo(state);
    }

    private Optional<WaitingFor> waitingFor(String id) {
        return life.jobs().waitingFor(life.get(id));
    }

    /** One job in each state, named by it. */
    private void oneInEachState() {
        life.submit("scheduled", "'when': 'PT1H'");
        for (JobState state : JobState.values()) {
            if (state != JobState.SCHEDULED) {
                life.submit(state.wire());
            }
        }
        life.run("running");
        for (JobState end : new JobState[] {JobState.COMPLETED, JobState.FAILED}) {
            life.runTo(end.wire(), end);
        }
        life.cancel("cancelled");
    }

    @Test
    void a_job_for_a_time_runs_then_and_not_before() {
        life.submit("a", "'when': '2026-11-21T12:30:00+02:00'");
        life.submit("past", "'when': '2020-01-01T00:00:00Z'");
        life.stage();
        expect("past", JobState.AVAILABLE);
        life.pass("PT29M59.999S");
        expect("a", JobState.SCHEDULED);
        assertThat(waitingFor("a"))
                .contains(new WaitingFor.Time(LifeOfJobs.START.plus(Duration.ofMinutes(30))));
        life.pass("PT0.001S");
        expect("a", JobState.AVAILABLE);
        assertThat(waitingFor("a")).isEmpty();
    }

    @Test
    void a_time_is_one_of_the_clock_on_the_wall() {
        life.submit("a", "'when': '2026-11-21T10:30:00Z'");
        life.submit("b", "'when': 'PT30M'");
        life.jump("PT30M");
        expect("a", JobState.AVAILABLE);
        expect("b", JobState.SCHEDULED);
    }

    @Test
    void a_delay_counts_from_the_submission_and_over_a_restart() {
        life.submit("a", "'when': 'PT30M'");
        life.pass("PT10M").restart();
        life.pass("PT19M59.999S");
        expect("a", JobState.SCHEDULED);
        life.pass("PT0.001S");
        expect("a", JobState.AVAILABLE);
    }

    @Test
    void what_is_due_rests_no_longer_than_until_then() {
        life.submit("a", "'when': 'PT0.5S'");
        Duration most = Duration.ofSeconds(1);
        assertThat(life.jobs().staging().rest(most)).isEqualTo(Duration.ofMillis(500));
        life.pass("PT0.5S");
        assertThat(life.jobs().staging().rest(most)).isEqualTo(most);
    }

    @Test
    void each_kind_of_waiting_is_said() {
        life.submit("manual", "'when': 'manual'");
        life.submit("delayed", "'when': 'PT1H'");
        assertThat(waitingFor("manual")).contains(new WaitingFor.Manual());
        assertThat(waitingFor("delayed"))
                .contains(new WaitingFor.Time(LifeOfJobs.START.plus(Duration.ofHours(1))));
        life.pause("delayed");
        assertThat(waitingFor("delayed")).contains(new WaitingFor.Paused());
    }

    @Test
    void only_what_has_something_to_come_is_paused() {
        oneInEachState();
        assertThat(life.pause("scheduled").state()).isEqualTo(JobState.SCHEDULED);
        assertThat(life.pause("available").state()).isEqualTo(JobState.SCHEDULED);
        for (String id : new String[] {"running", "completed", "failed", "cancelled"}) {
            assertThatThrownBy(() -> life.pause(id)).isInstanceOf(JobStateConflict.class);
        }
        life.submit("retries", "'job_attempts': 2");
        life.run("retries");
        assertThat(life.pause("retries").state()).isEqualTo(JobState.RUNNING);
        life.end("retries", JobState.FAILED);
        life.pass("PT2H");
        for (String id : new String[] {"scheduled", "available", "retries"}) {
            expect(id, JobState.SCHEDULED);
            assertThat(life.pause(id).paused()).isTrue();
            life.resume(id);
            life.stage();
            expect(id, JobState.AVAILABLE);
            assertThat(life.get(id).paused()).isFalse();
        }
    }

    @Test
    void resuming_what_is_not_paused_changes_nothing_and_what_has_ended_is_refused() {
        oneInEachState();
        life.told.clear();
        for (String id : new String[] {"scheduled", "available", "running"}) {
            assertThat(life.resume(id)).isEqualTo(life.get(id));
        }
        for (String id : new String[] {"completed", "failed", "cancelled"}) {
            assertThatThrownBy(() -> life.resume(id)).isInstanceOf(JobStateConflict.class);
        }
        assertThat(life.told).isEmpty();
    }

    @Test
    void a_job_that_was_in_the_line_is_there_again_when_resumed_whatever_the_clock_did() {
        life.submit("a");
        life.pause("a");
        life.jump("-P1D");
        life.resume("a");
        life.stage();
        expect("a", JobState.AVAILABLE);
    }

    @Test
    void any_job_that_has_not_ended_is_started() {
        oneInEachState();
        life.submit("paused", "'when': 'PT1H'");
        life.pause("paused");
        for (String id : new String[] {"scheduled", "paused", "available"}) {
            assertThat(life.start(id).state()).isEqualTo(JobState.AVAILABLE);
            assertThat(life.get(id).paused()).isFalse();
        }
        assertThat(life.start("running").state()).isEqualTo(JobState.RUNNING);
        for (String id : new String[] {"completed", "failed", "cancelled"}) {
            assertThatThrownBy(() -> life.start(id)).isInstanceOf(JobStateConflict.class);
        }
        life.pass("PT2H");
        expect("scheduled", JobState.AVAILABLE);
        assertThat(life.get("scheduled").run()).isEqualTo(1);
    }

    @Test
    void a_paused_recurring_job_that_is_started_stays_paused_after_that_run() {
        life.submit("a", "'when': {'cron': '0 * * * *'}");
        life.pause("a");
        life.start("a");
        life.runTo("a", JobState.COMPLETED);
        life.pass("PT3H");
        expect("a", JobState.SCHEDULED);
        assertThat(life.get("a").paused()).isTrue();
        assertThat(life.get("a").run()).isEqualTo(2);
    }

    @Test
    void a_run_that_is_replaced_and_then_cancelled_is_cancelled_for_good() {
        life.submit("a", "'when': {'cron': '0 * * * *', 'overlap': 'replace'}");
        life.pass("PT1H");
        life.run("a");
        life.pass("PT1H");
        assertThat(life.get("a").cancel()).contains(Cancel.REPLACED);
        life.cancel("a");
        life.end("a", JobState.CANCELLED);
        expect("a", JobState.CANCELLED);
    }

    @Test
    void a_job_that_was_paused_is_cancelled() {
        life.submit("a");
        life.pause("a");
        assertThat(life.cancel("a").state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void who_has_not_started_in_time_expires() {
        life.submit("scheduled", "'when': 'PT1H', 'expires_at': 'PT30M'");
        life.submit("available", "'expires_at': '2026-11-21T10:30:00Z'");
        life.submit("paused", "'expires_at': 'PT30M'");
        life.submit("running", "'expires_at': 'PT30M'");
        life.pause("paused");
        life.run("running");
        life.pass("PT29M59.999S");
        expect("available", JobState.AVAILABLE);
        life.pass("PT0.001S");
        for (String id : new String[] {"scheduled", "available", "paused"}) {
            expect(id, JobState.CANCELLED);
            assertThat(life.get(id).reason())
                    .contains("expired: it had not started by 2026-11-21T10:30:00Z");
        }
        expect("running", JobState.RUNNING);
    }

    @Test
    void a_run_that_had_started_goes_on_after_a_restart_though_its_time_has_expired() {
        life.submit("a", "'expires_at': 'PT30M'");
        life.run("a");
        life.pass("PT1H").restart();
        life.stage();
        expect("a", JobState.AVAILABLE);
        life.runTo("a", JobState.COMPLETED);
        expect("a", JobState.COMPLETED);
    }

    @Test
    void an_expired_job_that_is_retried_has_no_end_any_more() {
        life.submit("a", "'when': 'PT1H', 'expires_at': 'PT30M'");
        life.pass("PT30M");
        assertThat(life.retry("a").state()).isEqualTo(JobState.AVAILABLE);
        life.stage();
        expect("a", JobState.AVAILABLE);
    }

    @Test
    void the_line_is_by_priority_then_by_who_came_first() {
        life.submit("low", "'priority': -1");
        life.submit("first");
        life.submit("second");
        life.submit("delayed", "'when': 'PT1S'");
        life.submit("high", "'priority': 100, 'when': 'PT2S'");
        life.pass("PT1S").pass("PT1S");
        life.submit("third");
        assertThat(life.jobs().line(10))
                .extracting(job -> job.id().value())
                .containsExactly("high", "first", "second", "delayed", "third", "low");
        assertThat(life.jobs().ahead(life.get("third"), 1000)).isEqualTo(4);
        assertThat(life.jobs().ahead(life.get("low"), 3)).isEqualTo(3);
        assertThat(life.jobs().line(2)).hasSize(2);
    }
}
