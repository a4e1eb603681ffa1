package io.erlust.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.JobState;
import io.erlust.jobs.JobStateConflict;
import io.erlust.jobs.spec.JobId;
import io.erlust.time.WallClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The line of available jobs while others join it and leave it. */
class LineTest {
    private static final int JOBS = 300;

    private final RunnerFixture fixture = new RunnerFixture(WallClock.system());

    @AfterEach
    void close() throws InterruptedException {
        fixture.close();
    }

    @Test
    void nobody_is_left_in_the_line_when_those_before_leave_it() throws Exception {
        fixture.runner.start();
        Thread finisher = Thread.ofVirtual().start(this::finishAll);
        for (int i = 0; i < JOBS; i++) {
            fixture.submit("j" + i, "'priority': " + i % 5, "'num_of_nodes': " + (1 + i % 8));
            if (i % 2 == 0) {
                cancelIfItGoesOn("j" + i);
            }
        }
        for (int i = 1; i < JOBS; i += 2) {
            fixture.seen.await("j" + i, JobState.COMPLETED);
        }
        finisher.interrupt();
        finisher.join();
    }

    @Test
    void a_run_that_has_expired_does_not_start_though_nobody_has_cancelled_it_yet()
            throws Exception {
        fixture.runner.start();
        fixture.submit("late", "'expires_at': '2020-01-01T00:00:00Z'");
        fixture.submit("next");
        assertThat(fixture.nodes.next().name()).isEqualTo("next/0");
        assertThat(fixture.get("late").state()).isEqualTo(JobState.AVAILABLE);
        fixture.jobs.staging().stage();
        assertThat(fixture.get("late").state()).isEqualTo(JobState.CANCELLED);
    }

    /** Each node as it starts, until interrupted. */
    private void finishAll() {
        try {
            while (true) {
                fixture.nodes.next().finish();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // all that were awaited have completed
        }
    }

    private void cancelIfItGoesOn(String id) {
        try {
            fixture.jobs.cancel(new JobId(id));
        } catch (JobStateConflict e) {
            assertThat(e.state()).isEqualTo(JobState.COMPLETED);
        }
    }
}
