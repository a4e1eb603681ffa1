package io.erlust.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobState;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.SeenStates;
import io.erlust.jobs.Specs;
import io.erlust.jobs.WaitingFor;
import io.erlust.jobs.spec.JobId;
import io.erlust.jobs.spec.When;
import io.erlust.store.Database;
import io.erlust.store.DatabaseConfig;
import io.erlust.store.TestDatabases;
import io.erlust.time.WallClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Which job runs after which, on each database. */
@ParameterizedClass
@EnumSource(TestDatabases.class)
class JobStagerContractTest {
    private final DatabaseConfig config;
    private Database database;
    private Jobs jobs;
    private JobEvents events;
    private SeenStates seen;
    private JobStager stager;

    /** It would rest for a day: what moves, moves because something woke it. */
    private static final Duration NOTHING_BUT_WAKING = Duration.ofDays(1);

    JobStagerContractTest(TestDatabases kind) {
        config = kind.create();
    }

    @BeforeEach
    void open() {
        database = Database.open(config);
        events = new JobEvents();
        jobs = new Jobs(database, events, WallClock.system());
        seen = new SeenStates(events);
        stager = new JobStager(jobs, events, NOTHING_BUT_WAKING);
    }

    @AfterEach
    void close() throws InterruptedException {
        stager.stop(Duration.ofSeconds(10));
        database.close();
    }

    private void submit(String id, String when) {
        jobs.submit(Specs.spec(id, "'when': " + when));
    }

    private Job end(String id, JobState end) {
        Job job = jobs.get(new JobId(id)).orElseThrow();
        jobs.move(job.id(), job.run(), JobState.RUNNING, Optional.empty(), List.of());
        return jobs.move(job.id(), job.run(), end, Optional.empty(), List.of());
    }

    @Test
    void a_chain_goes_on_as_each_job_completes() throws Exception {
        stager.start();
        submit("a", "'now'");
        submit("b", "{'after': ['a']}");
        submit("c", "{'after': ['a', 'b']}");
        end("a", JobState.COMPLETED);
        seen.await("b", JobState.AVAILABLE);
        Job c = jobs.get(new JobId("c")).orElseThrow();
        assertThat(jobs.waitingFor(c))
                .contains(new WaitingFor.After(List.of(new JobId("b")), When.On.COMPLETED));
        end("b", JobState.COMPLETED);
        seen.await("c", JobState.AVAILABLE);
    }

    @Test
    void one_failure_fails_the_whole_chain_and_each_says_because_of_whom() throws Exception {
        stager.start();
        submit("a", "'now'");
        submit("b", "{'after': ['a']}");
        submit("c", "{'after': ['b']}");
        end("a", JobState.FAILED);
        assertThat(seen.await("b", JobState.FAILED).reason())
                .contains("job a, which it runs after, failed");
        assertThat(seen.await("c", JobState.FAILED).reason())
                .contains("job b, which it runs after, failed");
    }

    @Test
    void a_cancelled_job_fails_those_after_it() throws Exception {
        stager.start();
        submit("a", "'manual'");
        submit("b", "{'after': ['a']}");
        jobs.cancel(new JobId("a"));
        assertThat(seen.await("b", JobState.FAILED).reason())
                .contains("job a, which it runs after, was cancelled");
    }

    @Test
    void a_job_after_one_that_has_completed_is_available_at_once() throws Exception {
        stager.start();
        submit("a", "'now'");
        end("a", JobState.COMPLETED);
        submit("b", "{'after': ['a']}");
        seen.await("b", JobState.AVAILABLE);
    }

    @Test
    void what_happened_while_no_server_ran_is_found_at_start() throws Exception {
        submit("a", "'now'");
        submit("b", "{'after': ['a']}");
        submit("waits", "'manual'");
        submit("c", "{'after': ['waits']}");
        end("a", JobState.COMPLETED);
        stager.start();
        seen.await("b", JobState.AVAILABLE);
        jobs.start(new JobId("waits"));
        end("waits", JobState.COMPLETED);
        seen.await("c", JobState.AVAILABLE);
    }

    @Test
    void a_retry_waits_for_a_job_that_is_itself_retried() throws Exception {
        stager.start();
        submit("a", "'now'");
        submit("b", "{'after': ['a']}");
        end("a", JobState.FAILED);
        seen.await("b", JobState.FAILED);
        jobs.retry(new JobId("a"));
        jobs.retry(new JobId("b"));
        end("a", JobState.COMPLETED);
        seen.await("b", 2, JobState.AVAILABLE);
    }

    @Test
    void a_job_with_a_delay_is_available_when_that_is_over() throws Exception {
        stager.start();
        submit("first", "'PT0.05S'");
        seen.await("first", JobState.AVAILABLE);
        submit("second", "'PT0.05S'"); // by now it rests
        seen.await("second", JobState.AVAILABLE);
    }

    @Test
    void many_jobs_may_wait_for_one() throws Exception {
        stager.start();
        submit("a", "'now'");
        for (int i = 0; i < 200; i++) {
            submit("b" + i, "{'after': ['a']}");
        }
        end("a", JobState.COMPLETED);
        for (int i = 0; i < 200; i++) {
            seen.await("b" + i, JobState.AVAILABLE);
        }
    }
}
