package io.erlust.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.spec.JobId;
import io.erlust.store.DatabaseConfig;
import io.erlust.store.TestDatabases;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of the instants of a schedule, on each database. Most are due every full hour. */
@ParameterizedClass
@EnumSource(TestDatabases.class)
class RecurringContractTest {
    private static final String[] STATES_OF_A_RUN = {"available", "running"};

    private final DatabaseConfig config;
    private LifeOfJobs life;

    RecurringContractTest(TestDatabases kind) {
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

    private Job hourly(String id, String more, String... members) {
        String[] all = new String[members.length + 1];
        all[0] = "'when': {'cron': '0 * * * *'" + more + "}";
        System.arraycopy(members, 0, all, 1, members.length);
        return life.submit(id, all);
    }

    /** From 10:00 to the instant at 11:00, and into its run. */
    private void running(String id, String more, String... members) {
        hourly(id, more, members);
        life.pass("PT1H");
        life.run(id);
    }

    private void expectScheduled(String id, int run, String due) {
        assertThat(life.state(id)).isEqualTo(JobState.SCHEDULED);
        assertThat(life.get(id).run()).isEqualTo(run);
        assertThat(life.due(id)).isEqualTo(due);
    }

    @Test
    void each_run_has_a_number_and_the_next_says_how_the_one_before_ended() {
        expectScheduled(hourly("a", "").id().value(), 1, "11:00");
        life.pass("PT59M59.999S");
        assertThat(life.state("a")).isEqualTo(JobState.SCHEDULED);
        life.pass("PT0.001S");
        assertThat(life.state("a")).isEqualTo(JobState.AVAILABLE);
        life.runTo("a", JobState.FAILED);
        expectScheduled("a", 2, "12:00");
        assertThat(life.get("a").reason()).contains("run 1 failed: bad");
        life.pass("PT1H").runTo("a", JobState.COMPLETED);
        expectScheduled("a", 3, "13:00");
        assertThat(life.get("a").reason()).contains("run 2 completed");
        assertThat(life.jobs().runs(life.get("a"), Integer.MAX_VALUE, 10))
                .extracting(run -> run.run() + " " + run.state().wire())
                .containsExactly("3 scheduled", "2 completed", "1 failed");
    }

    @Test
    void instants_that_passed_while_no_server_ran_get_one_run() {
        hourly("a", "");
        life.pass("PT5M").restart();
        life.pass("PT5H").runTo("a", JobState.COMPLETED);
        expectScheduled("a", 2, "16:00");
    }

    @Test
    void without_catching_up_late_instants_are_let_go() {
        hourly("a", ", 'catch_up': false");
        life.pass("PT5H10M");
        expectScheduled("a", 1, "16:00");
    }

    @Test
    void without_catching_up_an_instant_that_is_not_late_is_served_all_the_same() {
        hourly("a", ", 'catch_up': false");
        life.pass("PT5H1M");
        assertThat(life.state("a")).isEqualTo(JobState.AVAILABLE);
    }

    @Test
    void an_instant_that_comes_again_because_the_clock_was_set_back_is_not_served_again() {
        hourly("a", "");
        life.pass("PT1H").runTo("a", JobState.COMPLETED);
        life.jump("-P1D");
        life.pass("P1D");
        expectScheduled("a", 2, "12:00");
    }

    @Test
    void nor_is_it_after_a_pause() {
        hourly("a", "");
        life.pass("PT1H").runTo("a", JobState.COMPLETED);
        life.jump("-PT1H");
        life.pause("a");
        life.resume("a");
        expectScheduled("a", 2, "12:00");
    }

    @Test
    void nor_after_a_run_that_was_started_by_hand() {
        hourly("a", ", 'overlap': 'replace'");
        life.pass("PT1H").runTo("a", JobState.COMPLETED);
        life.jump("-PT1H");
        life.start("a");
        life.run("a");
        life.pass("PT1H1M");
        assertThat(life.get("a").cancelling()).isFalse();
        life.end("a", JobState.COMPLETED);
        expectScheduled("a", 2 + 1, "12:00");
    }

    @Test
    void nor_after_a_retry_of_an_ended_one() {
        hourly("a", "");
        life.pass("PT1H").runTo("a", JobState.COMPLETED);
        life.cancel("a");
        life.jump("-PT1H");
        life.retry("a");
        expectScheduled("a", 3, "12:00");
    }

    @Test
    void nor_is_a_second_attempt_replaced_by_an_instant_that_was_served() {
        running("a", ", 'overlap': 'replace'", "'job_attempts': 2");
        life.jump("-PT1H");
        life.end("a", JobState.FAILED);
        life.pass("PT10S");
        life.run("a");
        life.pass("PT1H1M");
        assertThat(life.get("a").cancelling()).isFalse();
    }

    @Test
    void a_run_that_is_started_by_hand_takes_no_instant_away() {
        hourly("a", "");
        life.start("a");
        life.runTo("a", JobState.COMPLETED);
        expectScheduled("a", 2, "11:00");
    }

    @Test
    void skip_drops_what_passes_while_a_run_is_under_way() {
        running("a", "");
        life.pass("PT2H30M");
        life.end("a", JobState.COMPLETED);
        expectScheduled("a", 2, "14:00");
    }

    @Test
    void queue_runs_once_more_as_soon_as_the_run_has_ended() {
        running("a", ", 'overlap': 'queue'");
        life.pass("PT2H30M");
        life.end("a", JobState.COMPLETED);
        life.stage();
        assertThat(life.state("a")).isEqualTo(JobState.AVAILABLE);
        life.runTo("a", JobState.COMPLETED);
        expectScheduled("a", 3, "14:00");
    }

    @Test
    void replace_stops_the_run_and_the_next_begins_when_its_nodes_have_stopped() {
        running("a", ", 'overlap': 'replace'", "'job_attempts': 3");
        life.pass("PT59M59S");
        assertThat(life.get("a").cancelling()).isFalse();
        life.pass("PT1S");
        assertThat(life.state("a")).isEqualTo(JobState.RUNNING);
        assertThat(life.told)
                .endsWith(new JobEvent.CancelRequested(new JobId("a"), Cancel.REPLACED.reason()));
        life.pass("PT5S");
        life.end("a", JobState.CANCELLED);
        life.stage();
        assertThat(life.state("a")).isEqualTo(JobState.AVAILABLE);
        assertThat(life.get("a").run()).isEqualTo(2);
    }

    @Test
    void a_run_that_fails_while_it_is_replaced_is_not_attempted_again() {
        running("a", ", 'overlap': 'replace'", "'job_attempts': 3");
        life.pass("PT1H");
        life.end("a", JobState.FAILED);
        life.stage();
        assertThat(life.state("a")).isEqualTo(JobState.AVAILABLE);
        assertThat(life.get("a").attempt()).isEqualTo(1);
    }

    @Test
    void a_run_in_the_line_stands_for_the_instants_that_would_replace_it() {
        hourly("a", ", 'overlap': 'replace'");
        life.pass("PT1H").pass("PT1H").pass("PT30M");
        life.runTo("a", JobState.COMPLETED);
        expectScheduled("a", 2, "13:00");
    }

    @Test
    void nothing_is_replaced_by_a_run_that_would_begin_after_the_end() {
        running("a", ", 'overlap': 'replace'", "'expires_at': 'PT90M'");
        life.pass("PT2H");
        assertThat(life.get("a").cancelling()).isFalse();
        life.end("a", JobState.COMPLETED);
        assertThat(life.state("a")).isEqualTo(JobState.COMPLETED);
    }

    @Test
    void instants_are_dropped_while_it_is_paused_in_any_state() {
        for (String overlap : new String[] {"skip", "queue", "replace"}) {
            hourly(overlap, ", 'overlap': '" + overlap + "'");
            for (String state : STATES_OF_A_RUN) {
                hourly(overlap + state, ", 'overlap': '" + overlap + "'");
            }
        }
        life.pass("PT1H");
        for (String overlap : new String[] {"skip", "queue", "replace"}) {
            life.runTo(overlap, JobState.COMPLETED);
            life.run(overlap + "running");
            life.pause(overlap);
            life.pause(overlap + "available");
            life.pause(overlap + "running");
        }
        life.pass("PT3H30M");
        for (String overlap : new String[] {"skip", "queue", "replace"}) {
            life.resume(overlap);
            expectScheduled(overlap, 2, "15:00");
            life.resume(overlap + "running");
            assertThat(life.get(overlap + "running").cancelling()).isFalse();
            life.end(overlap + "running", JobState.COMPLETED);
            expectScheduled(overlap + "running", 2, "15:00");
            life.resume(overlap + "available");
            life.stage().runTo(overlap + "available", JobState.COMPLETED);
            expectScheduled(overlap + "available", 2, "15:00");
        }
    }

    @Test
    void a_run_is_replaced_also_when_it_was_paused_and_resumed() {
        running("a", ", 'overlap': 'replace'");
        life.pause("a");
        life.pass("PT1H10M");
        life.resume("a");
        life.pass("PT49M");
        assertThat(life.get("a").cancelling()).isFalse();
        life.pass("PT1M");
        assertThat(life.get("a").cancelling()).isTrue();
    }

    @Test
    void the_schedule_ends_at_its_end_and_when_it_is_cancelled() {
        hourly("ends", "", "'expires_at': '2026-11-21T12:00:00Z'");
        hourly("waits", "", "'expires_at': 'PT30M'");
        hourly("cancelled", "");
        life.pass("PT30M");
        assertThat(life.state("waits")).isEqualTo(JobState.CANCELLED);
        assertThat(life.get("waits").reason().orElseThrow()).startsWith("expired");
        life.pass("PT30M").runTo("ends", JobState.COMPLETED);
        assertThat(life.state("ends")).isEqualTo(JobState.COMPLETED);
        life.run("cancelled");
        life.cancel("cancelled");
        life.end("cancelled", JobState.CANCELLED);
        assertThat(life.state("cancelled")).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void cancelling_a_run_that_ends_by_itself_meanwhile_ends_the_schedule() {
        for (JobState end : new JobState[] {JobState.COMPLETED, JobState.FAILED}) {
            hourly(end.wire(), "", "'job_attempts': 2");
        }
        life.pass("PT1H");
        for (JobState end : new JobState[] {JobState.COMPLETED, JobState.FAILED}) {
            life.run(end.wire());
            life.cancel(end.wire());
            life.end(end.wire(), end);
            assertThat(life.state(end.wire())).isEqualTo(end);
        }
    }

    @Test
    void an_ended_one_that_is_retried_waits_for_its_next_instant() {
        hourly("a", "", "'expires_at': 'PT30M'");
        life.pass("PT40M");
        assertThat(life.state("a")).isEqualTo(JobState.CANCELLED);
        life.retry("a");
        expectScheduled("a", 2, "11:00");
        life.pass("PT20M").runTo("a", JobState.COMPLETED);
        expectScheduled("a", 3, "12:00");
    }

    @Test
    void instants_that_pass_during_the_attempts_of_a_run_overlap_with_it() {
        hourly("skip", "", "'job_attempts': 2");
        hourly("queue", ", 'overlap': 'queue'", "'job_attempts': 2");
        life.pass("PT1H").runTo("skip", JobState.FAILED).runTo("queue", JobState.FAILED);
        assertThat(life.get("skip").attempt()).isEqualTo(2);
        life.pass("PT90M").runTo("skip", JobState.FAILED).runTo("queue", JobState.COMPLETED);
        expectScheduled("skip", 3, "13:00");
        assertThat(life.state("queue")).isEqualTo(JobState.AVAILABLE);
        life.runTo("queue", JobState.COMPLETED);
        expectScheduled("queue", 4, "13:00");
    }
}
