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
        Thread.ofVirtual().start(this::finishAll);
        for (int i = 0; i < JOBS; i++) {
            fixture.submit("j" + i, "'priority': " + i % 5, "'num_of_nodes': " + (1 + i % 8));
            if (i % 2 == 0) {
                cancelIfItGoesOn("j" + i);
            }
        }
        for (int i = 1; i < JOBS; i += 2) {
            fixture.seen.await("j" + i, JobState.COMPLETED);
        }
    }

    /** Each node as it starts; of jobs that were cancelled before there are none. */
    private void finishAll() {
        try {
            while (true) {
                fixture.nodes.next().finish();
            }
        } catch (InterruptedException | AssertionError e) {
            assertThat(fixture.nodes.none()).isTrue(); // no more came
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
