package io.erlust.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.JobClock;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobOutbox;
import io.erlust.jobs.JobState;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.Specs;
import io.erlust.jobs.spec.JobId;
import io.erlust.nodes.NodeSpec;
import io.erlust.queues.QueueName;
import io.erlust.queues.Queues;
import io.erlust.store.Database;
import io.erlust.store.TestDatabases;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

class LiveProducersTest {
    private static final QueueName X = new QueueName("x");
    private static final QueueName Y = new QueueName("y");

    private final Database database = Database.open(TestDatabases.SQLITE.create());
    private final Queues queues =
            Queues.open(database, WallClock.system(), MonotonicClock.system());
    private final JobEvents events = new JobEvents();
    private final LiveProducers producers = new LiveProducers(queues);
    private final Jobs jobs = new Jobs(
            database,
            events,
            new JobClock(WallClock.system(), WallClock.system()),
            producers::admit,
            JobOutbox.NONE);

    @AfterEach
    void close() {
        queues.close();
        database.close();
    }

    private int of(QueueName queue) {
        return queues.stats(queue).orElseThrow().producers();
    }

    @Test
    void a_job_is_a_producer_from_its_submission_to_its_end_and_again_when_retried() {
        producers.start(jobs, events);
        jobs.submit(Specs.spec("a", "'produces': ['x', 'y']", "'when': 'manual'"));
        assertThat(queues.producers()).containsExactly("job/a/");
        assertThat(of(X) + of(Y)).isEqualTo(2);
        jobs.start(new JobId("a"));
        assertThat(of(X) + of(Y)).isEqualTo(2);
        jobs.cancel(new JobId("a"));
        assertThat(of(X) + of(Y)).isZero();
        jobs.retry(new JobId("a"));
        assertThat(of(X) + of(Y)).isEqualTo(2);
    }

    @Test
    void at_start_the_jobs_that_have_not_ended_are_producers_and_no_others_are() {
        for (String id : List.of("a", "b", "c")) {
            jobs.submit(Specs.spec(id, "'produces': ['x']"));
        }
        jobs.cancel(new JobId("b"));
        queues.addProducer(X, "job/b/");
        queues.addProducer(Y, "job/gone/");
        producers.start(jobs, events);
        assertThat(queues.producers()).containsExactlyInAnyOrder("job/a/", "job/c/");
        assertThat(of(Y)).isZero();
    }

    @Test
    void at_start_the_nodes_of_runs_that_have_ended_are_no_producers() {
        long goesOn = jobs.submit(Specs.spec("a")).job().serial();
        long over = jobs.submit(Specs.spec("b")).job().serial();
        jobs.cancel(new JobId("b"));
        queues.addProducer(X, NodeSpec.ownerOf(goesOn, 1) + 0);
        queues.addProducer(X, NodeSpec.ownerOf(over, 1) + 0);
        producers.start(jobs, events);
        assertThat(queues.producers()).containsExactly(NodeSpec.ownerOf(goesOn, 1) + 0);
    }

    @Test
    void at_start_the_nodes_of_a_job_that_was_paused_in_the_line_are_producers() {
        long paused = jobs.submit(Specs.spec("a")).job().serial();
        jobs.pause(new JobId("a"));
        queues.addProducer(X, NodeSpec.ownerOf(paused, 1) + 0);
        producers.start(jobs, events);
        assertThat(queues.producers()).containsExactly(NodeSpec.ownerOf(paused, 1) + 0);
    }

    @Test
    void between_two_attempts_a_job_still_produces_and_between_two_runs_it_does_not() {
        producers.start(jobs, events);
        jobs.submit(Specs.spec("tries", "'produces': ['x']", "'job_attempts': 2"));
        jobs.submit(Specs.spec("recurs", "'produces': ['y']", "'when': {'cron': '0 0 1 1 *'}"));
        assertThat(of(X)).isEqualTo(1);
        assertThat(of(Y)).isZero();
        jobs.start(new JobId("recurs"));
        assertThat(of(Y)).isEqualTo(1);
        for (String id : List.of("tries", "recurs")) {
            jobs.move(new JobId(id), 1, JobState.RUNNING, Optional.empty(), List.of());
            jobs.move(new JobId(id), 1, JobState.FAILED, Optional.empty(), List.of());
        }
        assertThat(of(X)).isEqualTo(1);
        assertThat(of(Y)).isZero();
    }

    @Test
    void nodes_are_producers_until_their_run_ends() {
        producers.start(jobs, events);
        long serial = jobs.submit(Specs.spec("a")).job().serial();
        queues.addProducer(X, NodeSpec.ownerOf(serial, 1) + 0);
        jobs.move(new JobId("a"), 1, JobState.RUNNING, Optional.empty(), List.of());
        assertThat(of(X)).isEqualTo(1);
        jobs.move(new JobId("a"), 1, JobState.COMPLETED, Optional.empty(), List.of());
        assertThat(of(X)).isZero();
    }
}
