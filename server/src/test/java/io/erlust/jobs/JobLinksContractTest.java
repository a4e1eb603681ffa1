package io.erlust.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erlust.jobs.spec.JobId;
import io.erlust.json.InvalidField;
import io.erlust.store.Database;
import io.erlust.store.TestDatabases;
import io.erlust.time.WallClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What links promise, on each database. */
@ParameterizedClass
@EnumSource(TestDatabases.class)
class JobLinksContractTest {
    private final TestDatabases kind;
    private final List<JobEvent> told = new ArrayList<>(); // only touched on the writer thread
    private Database database;
    private Jobs jobs;

    JobLinksContractTest(TestDatabases kind) {
        this.kind = kind;
    }

    @BeforeEach
    void open() {
        database = Database.open(kind.create());
        JobEvents events = new JobEvents();
        events.listen(told::add);
        jobs = new Jobs(database, events, WallClock.system());
    }

    @AfterEach
    void close() {
        database.close();
    }

    private Job submit(String id, String... members) {
        return jobs.submit(Specs.spec(id, members)).job();
    }

    private Job move(String id, JobState to) {
        Job job = get(id);
        return jobs.move(job.id(), job.run(), to, Optional.of("because"), List.of());
    }

    private Job get(String id) {
        return jobs.get(new JobId(id)).orElseThrow();
    }

    private int links() {
        return database.read(handle -> handle.select("SELECT count(*) FROM job_link")
                .mapTo(Integer.class)
                .one());
    }

    @Test
    void a_link_to_a_job_that_does_not_exist_is_refused_with_its_pointer() {
        submit("a");
        assertThatThrownBy(() -> jobs.submit(Specs.spec("b", "'links': ['a', 'typo']"), "/job"))
                .isInstanceOfSatisfying(
                        InvalidField.class,
                        refusal -> assertThat(refusal.pointer()).isEqualTo("/job/links/1"));
        assertThat(jobs.get(new JobId("b"))).isEmpty();
        assertThat(links()).isZero();
    }

    @Test
    void a_job_that_is_linked_with_a_thousand_others_takes_no_more_links() {
        submit("hub", "'when': 'manual'");
        for (int i = 0; i < LinkRows.LINKS_MAX; i++) {
            submit("job-" + i, "'when': 'manual'", "'links': ['hub']");
        }
        assertThatThrownBy(() -> submit("one-more", "'links': ['hub']"))
                .isInstanceOfSatisfying(
                        InvalidField.class,
                        refusal -> assertThat(refusal.pointer()).isEqualTo("/links/0"));
        jobs.cancel(new JobId("hub"));
        assertThat(get("job-999").state()).isEqualTo(JobState.FAILED);
        assertThat(links()).isZero();
    }

    @Test
    void two_jobs_are_linked_at_most_once_and_the_link_ends_with_a_run() {
        submit("a");
        submit("b", "'links': ['a', 'a']");
        assertThat(links()).isEqualTo(1);
        submit("c", "'links': ['a', 'b']");
        assertThat(links()).isEqualTo(3);
        move("a", JobState.RUNNING);
        move("a", JobState.COMPLETED);
        assertThat(links()).isEqualTo(1);
        jobs.cancel(new JobId("c"));
        assertThat(links()).isZero();
        assertThat(get("b").state()).isEqualTo(JobState.FAILED);
        assertThat(get("b").reason()).contains("linked job \"c\" was cancelled");
        assertThat(get("a").state()).isEqualTo(JobState.COMPLETED);
    }

    @Test
    void a_retry_links_a_job_again_that_names_others() {
        submit("a");
        submit("b", "'links': ['a']");
        move("a", JobState.FAILED);
        assertThat(links()).isZero();
        assertThat(jobs.retry(new JobId("b")).reason())
                .contains("noproc: linked job \"a\" ended before (failed)");
        assertThat(get("b").state()).isEqualTo(JobState.FAILED);
        assertThat(jobs.retry(new JobId("a")).state()).isEqualTo(JobState.AVAILABLE);
        assertThat(links()).isZero();
        assertThat(jobs.retry(new JobId("b")).state()).isEqualTo(JobState.AVAILABLE);
        assertThat(links()).isEqualTo(1);
        move("b", JobState.FAILED);
        assertThat(get("a").state()).isEqualTo(JobState.FAILED);
    }

    @Test
    void a_job_that_names_one_that_failed_before_takes_its_other_ones_with_it() {
        submit("dead");
        move("dead", JobState.FAILED);
        submit("alive");
        Job late = submit("late", "'links': ['alive', 'dead']");
        assertThat(late.state()).isEqualTo(JobState.FAILED);
        assertThat(get("alive").reason())
                .contains("linked job \"late\" failed: noproc: linked"
                        + " job \"dead\" ended before (failed)");
        assertThat(jobs.submit(Specs.spec("late", "'links': ['alive', 'dead']")).existed())
                .isTrue();
        List<JobState> states = new ArrayList<>();
        for (JobEvent event : told) {
            if (event instanceof JobEvent.StateChanged(Job job, var _)
                    && job.id().equals(late.id())) {
                states.add(job.state());
            }
        }
        assertThat(states).containsExactly(JobState.AVAILABLE, JobState.FAILED);
    }

    @Test
    void a_running_job_is_told_once_and_never_runs_again_by_itself() {
        submit("a");
        submit("b");
        submit("c", "'links': ['a', 'b']");
        move("c", JobState.RUNNING);
        move("a", JobState.FAILED);
        move("b", JobState.FAILED);
        Job running = get("c");
        assertThat(running.state()).isEqualTo(JobState.RUNNING);
        assertThat(running.signal()).contains("linked job \"a\" failed: because");
        assertThat(told).contains(new JobEvent.StateChanged(running.withoutProgram(), false));
        jobs.cancel(new JobId("c"));
        assertThat(get("c").signal()).isEqualTo(running.signal());
        Job ended = move("c", JobState.AVAILABLE);
        assertThat(ended.state()).isEqualTo(JobState.FAILED);
        assertThat(ended.reason()).isEqualTo(running.signal());
        assertThat(ended.signal()).isEmpty();
    }

    @Test
    void a_job_that_is_being_cancelled_stays_so() {
        submit("a");
        submit("b", "'links': ['a']");
        move("b", JobState.RUNNING);
        jobs.cancel(new JobId("b"));
        move("a", JobState.FAILED);
        assertThat(get("b").signal()).isEmpty();
        assertThat(move("b", JobState.AVAILABLE).state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void a_long_chain_of_links_ends_in_one_change() {
        submit("j0");
        for (int i = 1; i < 200; i++) {
            submit("j" + i, "'links': ['j" + (i - 1) + "']");
        }
        move("j100", JobState.FAILED);
        assertThat(jobs.list(new JobQuery(
                        Optional.of(JobState.FAILED), List.of(), 1000, OptionalLong.empty())))
                .hasSize(200);
        assertThat(get("j0").reason().orElseThrow()).hasSizeLessThan(600);
        assertThat(links()).isZero();
    }
}
