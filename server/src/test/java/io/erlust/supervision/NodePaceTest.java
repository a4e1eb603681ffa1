package io.erlust.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobState;
import io.erlust.jobs.NodeStatus;
import io.erlust.jobs.NodeStatus.Progress;
import io.erlust.jobs.spec.JobId;
import io.erlust.supervision.FakeNodes.FakeNode;
import io.erlust.time.WallClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** How fast nodes are, by a clock that stands still unless the test moves it on. */
class NodePaceTest {
    private static final JobId JOB = new JobId("a");

    private final AtomicLong nanos = new AtomicLong();
    private final RunnerFixture fixture = new RunnerFixture(WallClock.system(), nanos::get);

    @BeforeEach
    void start() {
        fixture.runner.start();
    }

    @AfterEach
    void close() throws InterruptedException {
        fixture.close();
    }

    private void passes(int seconds) {
        nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }

    private static FakeNode running(FakeNode node) {
        node.listener.started(1);
        node.listener.ready();
        return node;
    }

    /** Reports, and waits until it is shown; returns what the event says. */
    private Progress report(FakeNode node, long done) throws InterruptedException {
        node.listener.progress(new Progress(done, OptionalLong.of(1000), Optional.empty()));
        return fixture.seen
                .await(
                        JobEvent.NodeChanged.class,
                        changed -> changed.node().restarts() == node.node.restarts()
                                && changed.node().rank() == node.node.rank()
                                && said(changed.node())
                                        .filter(said -> said.done() == done)
                                        .isPresent(),
                        "progress " + done)
                .node()
                .progress()
                .orElseThrow();
    }

    private static Optional<Progress> said(NodeStatus node) {
        return node.progress();
    }

    private Progress shown(int rank) {
        List<NodeStatus> nodes = fixture.runner.nodes(JOB).orElseThrow();
        return nodes.get(rank).progress().orElseThrow();
    }

    @Test
    void a_node_that_reports_has_a_rate_and_a_time_left_until_it_stands_still() throws Exception {
        fixture.submit("a", "'num_of_nodes': 2");
        FakeNode node = running(fixture.nodes.next());
        FakeNode other = running(fixture.nodes.next());
        assertThat(report(node, 500).rate()).isEmpty(); // it may have gone on from there
        report(other, 0);
        passes(5);
        assertThat(report(node, 550).rate()).hasValue(10);
        assertThat(shown(0).left()).contains(Duration.ofSeconds(45));
        assertThat(shown(1).rate()).hasValue(0);
        passes(3);
        assertThat(shown(0).rate()).hasValue(6.25);
        passes(8);
        assertThat(shown(0).rate()).hasValue(0);
        assertThat(shown(0).left()).isEmpty();
    }

    @Test
    void one_that_goes_back_or_starts_again_is_measured_anew() throws Exception {
        fixture.submit("a");
        FakeNode node = running(fixture.nodes.next());
        report(node, 1);
        passes(2);
        assertThat(report(node, 101).rate()).hasValue(50);
        assertThat(report(node, 10).rate()).isEmpty();
        passes(2);
        assertThat(report(node, 20).rate()).hasValue(5);
        node.crash("");
        FakeNode next = fixture.nodes.next();
        assertThat(shown(0)).isEqualTo(new Progress(20, OptionalLong.of(1000), Optional.empty()));
        running(next);
        passes(2);
        assertThat(report(next, 900).rate()).isEmpty();
        passes(2);
        assertThat(report(next, 902).rate()).hasValue(1);
    }

    @Test
    void what_has_ended_has_no_rate() throws Exception {
        fixture.submit("a");
        FakeNode node = running(fixture.nodes.next());
        report(node, 1);
        passes(1);
        assertThat(report(node, 3).rate()).hasValue(2);
        node.finish();
        List<NodeStatus> ended = fixture.seen.await("a", JobState.COMPLETED).nodes();
        assertThat(ended.getFirst().progress())
                .contains(new Progress(3, OptionalLong.of(1000), Optional.empty()));
        assertThat(fixture.get("a").nodes()).isEqualTo(ended);
    }

    @Test
    void the_items_of_all_nodes_have_a_rate_together() throws Exception {
        fixture.submit("a", "'num_of_nodes': 2");
        FakeNode one = running(fixture.nodes.next());
        FakeNode two = running(fixture.nodes.next());
        passes(30);
        one.listener.acknowledged(1);
        assertThat(fixture.runner.itemRate(JOB)).isEmpty();
        passes(1);
        two.listener.acknowledged(30);
        one.listener.acknowledged(10);
        assertThat(fixture.runner.itemRate(JOB)).hasValue(40);
        passes(1);
        assertThat(fixture.runner.itemRate(JOB)).hasValue(20);
        assertThat(fixture.runner.itemRate(new JobId("b"))).isEqualTo(OptionalDouble.empty());
    }

    @Test
    void of_a_hundred_thousand_reports_at_once_the_latest_is_shown_once() throws Exception {
        AtomicInteger shown = new AtomicInteger();
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        fixture.events.listen(event -> {
            if (event instanceof JobEvent.NodeChanged changed
                    && said(changed.node()).isPresent()) {
                shown.incrementAndGet();
                first.countDown();
                awaitQuietly(goOn);
            }
        });
        fixture.submit("a");
        FakeNode node = running(fixture.nodes.next());
        node.listener.progress(new Progress(0, OptionalLong.empty(), Optional.empty()));
        first.await();
        for (int done = 1; done < 100_000; done++) {
            node.listener.progress(new Progress(done, OptionalLong.of(1), Optional.empty()));
        }
        goOn.countDown();
        report(node, 100_000);
        assertThat(shown.get()).isBetween(2, 3);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
