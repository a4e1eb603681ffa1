package io.erlust.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.JobState;
import io.erlust.jobs.spec.JobId;
import io.erlust.supervision.FakeNodes.FakeNode;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** A recurring job whose runs are replaced, with nodes that run. */
class ReplacedRunTest {
    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2026-11-21T10:00:30Z"));
    private final RunnerFixture fixture = new RunnerFixture(now::get);
    private final JobId id = new JobId("r");

    @BeforeEach
    void submit() {
        fixture.submit("r", "'when': {'cron': '* * * * *', 'overlap': 'replace'}");
        fixture.jobs.start(id);
    }

    @AfterEach
    void close() throws InterruptedException {
        fixture.close();
    }

    private void aMinuteLater() {
        now.updateAndGet(before -> before.plusSeconds(60));
        assertThat(fixture.jobs.staging().stage()).isPositive();
    }

    @Test
    void its_nodes_are_stopped_and_the_next_run_starts() throws Exception {
        fixture.runner.start();
        FakeNode first = fixture.nodes.next();
        fixture.seen.await("r", JobState.RUNNING);
        aMinuteLater();
        first.awaitStop();
        first.finish();
        assertThat(fixture.seen.await("r", JobState.CANCELLED).reason().orElseThrow())
                .contains("replaced");
        fixture.seen.await("r", 2, JobState.SCHEDULED);
        fixture.jobs.staging().stage();
        assertThat(fixture.nodes.next().name()).isEqualTo("r/0");
        fixture.seen.await("r", 2, JobState.RUNNING);
    }

    @Test
    void a_server_that_died_meanwhile_goes_on_with_the_next_run() throws Exception {
        fixture.jobs.move(id, 1, JobState.RUNNING, Optional.empty(), List.of());
        aMinuteLater();
        assertThat(fixture.get("r").cancelling()).isTrue();
        fixture.reopen();
        fixture.runner.start();
        fixture.seen.await("r", JobState.CANCELLED);
        fixture.jobs.staging().stage();
        fixture.nodes.next();
        fixture.seen.await("r", 2, JobState.RUNNING);
    }
}
