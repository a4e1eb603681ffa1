package io.erlust.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobState;
import io.erlust.jobs.NodeStatus;
import io.erlust.jobs.spec.JobId;
import io.erlust.supervision.FakeNodes.FakeNode;
import io.erlust.time.LeapingClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A job without a timeout runs for as long as its nodes do. */
class LongJobTest {
    private final LeapingClock clock = new LeapingClock();
    private final RunnerFixture fixture = new RunnerFixture(clock.wall(), clock);

    @BeforeEach
    void start() {
        fixture.runner.start();
    }

    @AfterEach
    void close() throws InterruptedException {
        fixture.close();
    }

    /** Time passes; the job's thread is awake after it, and has told both nodes what it wants. */
    private void passes(Duration time, List<FakeNode> nodes, long step) throws Exception {
        clock.leap(time);
        for (FakeNode node : nodes) {
            node.listener.progress(
                    new NodeStatus.Progress(step, OptionalLong.empty(), Optional.empty()));
            fixture.seen.await(
                    JobEvent.NodeChanged.class,
                    changed -> changed.node().rank() == node.node.rank()
                            && changed.node()
                                    .progress()
                                    .filter(said -> said.done() == step)
                                    .isPresent(),
                    "progress " + step);
        }
    }

    @Test
    void a_day_passes_and_the_job_runs_on_with_the_nodes_it_had() throws Exception {
        fixture.submit("a", "'num_of_nodes': 2");
        List<FakeNode> nodes = List.of(fixture.nodes.next(), fixture.nodes.next());
        nodes.forEach(node -> node.listener.started(1));
        nodes.forEach(node -> node.listener.ready());
        for (int hour = 1; hour <= 24; hour++) {
            passes(Duration.ofHours(1), nodes, hour);
        }
        passes(Duration.ofDays(1), nodes, 25);
        passes(Duration.ofDays(400), nodes, 26);
        assertThat(fixture.get("a").state()).isEqualTo(JobState.RUNNING);
        assertThat(fixture.nodes.none()).isTrue();
        assertThat(nodes).allMatch(node -> node.asked.isEmpty());
        assertThat(fixture.runner.nodes(new JobId("a")).orElseThrow())
                .allMatch(node -> node.state().equals("running") && node.restarts() == 0);
        nodes.forEach(FakeNode::finish);
        Job done = fixture.seen.await("a", JobState.COMPLETED);
        assertThat(done.run()).isEqualTo(1);
        assertThat(Duration.between(
                        done.startedAt().orElseThrow(), done.endedAt().orElseThrow()))
                .isGreaterThan(Duration.ofDays(402));
    }

    @Test
    void a_node_that_crashes_after_a_day_has_its_restarts_still() throws Exception {
        fixture.submit("a");
        FakeNode node = fixture.nodes.next();
        clock.leap(Duration.ofDays(1));
        node.crash("");
        FakeNode second = fixture.nodes.next();
        clock.leap(Duration.ofDays(1));
        second.crash("");
        fixture.nodes.next().finish();
        assertThat(fixture.seen.await("a", JobState.COMPLETED).nodes())
                .extracting(NodeStatus::restarts)
                .containsExactly(2);
    }
}
