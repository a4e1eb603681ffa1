package io.erlust.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erlust.jobs.spec.JobId;
import io.erlust.jobs.spec.When;
import io.erlust.store.Database;
import io.erlust.store.DatabaseConfig;
import io.erlust.store.TestDatabases;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/** Which ends of others make a job run, fail or be cancelled, on each database. */
@ParameterizedClass
@EnumSource(TestDatabases.class)
class AfterContractTest {
    private final DatabaseConfig config;
    private LifeOfJobs life;

    AfterContractTest(TestDatabases kind) {
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

    private void after(String id, String on, String... awaited) {
        life.submit(
                id,
                "'when': {'after': ['" + String.join("', '", awaited) + "'], 'on': '" + on + "'}");
    }

    /** One for each {@code on}, named by it. */
    private void afterEach(String prefix, String... awaited) {
        for (String on : List.of("completed", "finished", "failed")) {
            after(prefix + on, on, awaited);
        }
    }

    private void ended(String id, JobState end) {
        life.submit(id);
        life.runTo(id, end);
    }

    private void expect(String prefix, JobState completed, JobState finished, JobState failed) {
        assertThat(life.state(prefix + "completed")).isEqualTo(completed);
        assertThat(life.state(prefix + "finished")).isEqualTo(finished);
        assertThat(life.state(prefix + "failed")).isEqualTo(failed);
    }

    @Test
    void completed_runs_after_all_have_and_failed_is_not_needed_then() {
        life.submit("a");
        life.submit("b");
        afterEach("", "a", "b");
        life.runTo("a", JobState.COMPLETED);
        expect("", JobState.SCHEDULED, JobState.SCHEDULED, JobState.SCHEDULED);
        life.runTo("b", JobState.COMPLETED);
        expect("", JobState.AVAILABLE, JobState.AVAILABLE, JobState.CANCELLED);
        assertThat(life.get("failed").reason())
                .contains("not needed: the jobs it runs after completed");
    }

    @Test
    void one_failure_decides_for_completed_and_failed_and_finished_waits_for_the_rest() {
        life.submit("a");
        life.submit("b");
        afterEach("", "a", "b");
        life.runTo("b", JobState.FAILED);
        expect("", JobState.FAILED, JobState.SCHEDULED, JobState.AVAILABLE);
        assertThat(life.jobs().waitingFor(life.get("finished")))
                .contains(new WaitingFor.After(List.of(new JobId("a")), When.On.FINISHED));
        life.runTo("a", JobState.COMPLETED);
        expect("", JobState.FAILED, JobState.AVAILABLE, JobState.AVAILABLE);
    }

    @Test
    void a_cancelled_job_counts_as_one_that_did_not_complete() {
        life.submit("a", "'when': 'manual'");
        afterEach("", "a");
        life.cancel("a");
        life.stage();
        expect("", JobState.FAILED, JobState.AVAILABLE, JobState.AVAILABLE);
    }

    @Test
    void what_ended_before_the_submission_counts_at_once() {
        ended("good", JobState.COMPLETED);
        ended("bad", JobState.FAILED);
        life.submit("runs");
        afterEach("1-", "good");
        expect("1-", JobState.AVAILABLE, JobState.AVAILABLE, JobState.CANCELLED);
        afterEach("2-", "good", "bad");
        expect("2-", JobState.FAILED, JobState.AVAILABLE, JobState.AVAILABLE);
        afterEach("3-", "good", "runs");
        expect("3-", JobState.SCHEDULED, JobState.SCHEDULED, JobState.SCHEDULED);
        afterEach("4-", "good", "bad", "runs");
        expect("4-", JobState.FAILED, JobState.SCHEDULED, JobState.AVAILABLE);
        life.runTo("runs", JobState.COMPLETED);
        expect("3-", JobState.AVAILABLE, JobState.AVAILABLE, JobState.CANCELLED);
        expect("4-", JobState.FAILED, JobState.AVAILABLE, JobState.AVAILABLE);
    }

    @Test
    void who_waits_says_for_whom_it_still_does() {
        life.submit("a");
        life.submit("b");
        after("c", "finished", "b", "a");
        List<JobId> both = List.of(new JobId("a"), new JobId("b"));
        assertThat(life.jobs().waitingFor(life.get("c")))
                .contains(new WaitingFor.After(both, When.On.FINISHED));
        life.runTo("a", JobState.FAILED);
        assertThat(life.jobs().waitingFor(life.get("c")))
                .contains(new WaitingFor.After(List.of(new JobId("b")), When.On.FINISHED));
    }

    @Test
    void an_attempt_that_is_followed_by_another_is_no_end() {
        life.submit("a", "'job_attempts': 2");
        afterEach("", "a");
        life.runTo("a", JobState.FAILED);
        expect("", JobState.SCHEDULED, JobState.SCHEDULED, JobState.SCHEDULED);
        life.pass("PT10S").runTo("a", JobState.COMPLETED);
        expect("", JobState.AVAILABLE, JobState.AVAILABLE, JobState.CANCELLED);
    }

    @Test
    void paused_it_runs_when_it_is_resumed_whatever_the_clock_did_meanwhile() {
        life.submit("a");
        after("b", "completed", "a");
        life.pause("b");
        life.runTo("a", JobState.COMPLETED);
        assertThat(life.state("b")).isEqualTo(JobState.SCHEDULED);
        life.jump("-P1D");
        life.resume("b");
        life.stage();
        assertThat(life.state("b")).isEqualTo(JobState.AVAILABLE);
    }

    @Test
    void started_by_hand_it_no_longer_minds_how_the_others_end() {
        life.submit("a");
        after("b", "completed", "a");
        life.start("b");
        life.runTo("a", JobState.FAILED);
        assertThat(life.state("b")).isEqualTo(JobState.AVAILABLE);
    }

    @Test
    void a_retry_is_refused_when_it_is_forgotten_how_another_ended() {
        life.submit("a");
        life.submit("b", "'when': {'after': ['a']}");
        life.runTo("a", JobState.FAILED);
        life.stage();
        life.database().write(tx -> tx.execute("UPDATE job SET id = 'pruned' WHERE id = 'a'"));
        assertThatThrownBy(() -> life.jobs().retry(new JobId("b")))
                .isInstanceOf(JobStateConflict.class)
                .hasMessageContaining("a is not");
        assertThat(life.state("b")).isEqualTo(JobState.FAILED);
    }

    @Test
    void a_thousand_are_told_in_batches_and_a_crash_between_loses_none() {
        life.submit("a");
        Database.join(life.jobs()
                .submitting(IntStream.range(0, 1000)
                        .mapToObj(i -> Specs.spec("b" + i, "'when': {'after': ['a']}"))
                        .map(spec -> new Jobs.Submission(spec, ""))
                        .toList()));
        life.run("a");
        life.end("a", JobState.COMPLETED);
        int told = life.jobs().staging().stage();
        assertThat(told).isBetween(1, 999);
        life.restart();
        assertThat(life.jobs().line(2000)).hasSize(told);
        assertThat(life.jobs().staging().rest(Duration.ofSeconds(1))).isZero();
        life.stage();
        assertThat(life.jobs().line(2000)).hasSize(1000);
    }

    @Test
    void ends_of_two_runs_that_nobody_was_told_of_yet_are_both_told() {
        life.submit("a");
        after("first", "finished", "a");
        life.run("a");
        life.end("a", JobState.FAILED);
        life.retry("a");
        after("second", "completed", "a");
        life.run("a");
        life.end("a", JobState.COMPLETED);
        life.stage();
        assertThat(life.state("first")).isEqualTo(JobState.AVAILABLE);
        assertThat(life.state("second")).isEqualTo(JobState.AVAILABLE);
    }

    @Test
    void it_sleeps_over_a_restart_after_one_that_ended_before() {
        life.submit("a");
        life.submit("b");
        after("c", "completed", "a", "b");
        life.runTo("a", JobState.COMPLETED);
        life.restart();
        life.pass("PT1H").runTo("b", JobState.COMPLETED);
        assertThat(life.state("c")).isEqualTo(JobState.AVAILABLE);
    }

    @Test
    void one_that_a_link_ended_while_it_waited_can_wait_again() {
        life.submit("a");
        life.submit("linked");
        life.submit("b", "'when': {'after': ['a']}", "'links': ['linked']");
        life.runTo("linked", JobState.FAILED);
        assertThat(life.state("b")).isEqualTo(JobState.FAILED);
        life.retry("linked");
        assertThat(life.retry("b").state()).isEqualTo(JobState.SCHEDULED);
        life.runTo("a", JobState.COMPLETED);
        assertThat(life.state("b")).isEqualTo(JobState.AVAILABLE);
    }
}
