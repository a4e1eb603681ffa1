package io.erlust.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobState;
import io.erlust.jobs.NodeStatus;
import io.erlust.jobs.spec.JobId;
import io.erlust.supervision.FakeNodes.FakeNode;
import io.erlust.time.WallClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What the end of a job does to the processes of those it is linked with. */
class LinkedJobsTest {
    private static final String NO_RESTART = "'restart': {'intensity': 0}";

    private final RunnerFixture fixture = new RunnerFixture(WallClock.system());

    @AfterEach
    void close() throws InterruptedException {
        fixture.close();
    }

    private FakeNode started(String id, String... members) throws InterruptedException {
        fixture.submit(id, members);
        return fixture.nodes.next();
    }

    @Test
    void when_a_job_fails_the_nodes_of_a_linked_one_are_asked_to_stop_and_it_fails()
            throws Exception {
        fixture.runner.start();
        FakeNode first = started("a", NO_RESTART);
        FakeNode linked = started("b", "'links': ['a']");
        first.crash("Traceback\nKeyError: 7\n");
        assertThat(linked.awaitStop()).isEqualTo(Duration.ofSeconds(5));
        assertThat(linked.asked).contains(StopReason.SHUTDOWN);
        Job told = fixture.get("b");
        assertThat(told.state()).isEqualTo(JobState.RUNNING);
        assertThat(told.reason().orElseThrow())
                .startsWith("linked job \"a\" failed: node 0: exit 1")
                .endsWith("; its nodes are being stopped");
        linked.obey();
        Job failed = fixture.seen.await("b", JobState.FAILED);
        assertThat(failed.reason())
                .contains("linked job \"a\" failed: node 0: exit 1"
                        + " (restart intensity 0 in 5 s exceeded)");
        assertThat(failed.signal()).isEmpty();
        assertThat(failed.nodes().getFirst().exit()).contains("shutdown");
        assertThat(failed.nodes().getFirst().stderr()).contains("stopped");
    }

    @Test
    void a_link_holds_in_both_directions_and_over_others() throws Exception {
        fixture.runner.start();
        FakeNode first = started("a");
        FakeNode second = started("b", "'links': ['a']");
        started("c", "'links': ['b']", NO_RESTART).crash("");
        second.awaitStop();
        second.obey();
        first.awaitStop();
        first.obey();
        assertThat(fixture.seen.await("a", JobState.FAILED).reason().orElseThrow())
                .startsWith("linked job \"b\" failed: linked job \"c\" failed: node 0: exit 1");
    }

    @Test
    void a_linked_job_that_does_not_stop_is_killed() throws Exception {
        fixture.runner.start();
        fixture.submit("a", "'when': 'manual'");
        FakeNode linked = started("b", "'links': ['a']", "'restart': {'shutdown_ms': 20}");
        fixture.jobs.cancel(new JobId("a"));
        linked.awaitStop();
        assertThat(linked.awaitKill()).isEqualTo(StopReason.SHUTDOWN);
        assertThat(fixture.seen.await("b", JobState.FAILED).reason())
                .contains("linked job \"a\" was cancelled");
    }

    @Test
    void a_completed_job_leaves_the_linked_ones_alone() throws Exception {
        fixture.runner.start();
        FakeNode first = started("a");
        FakeNode linked = started("b", "'links': ['a']");
        first.finish();
        fixture.seen.await("a", JobState.COMPLETED);
        fixture.jobs.retry(new JobId("a"));
        FakeNode again = fixture.nodes.next();
        fixture.jobs.cancel(new JobId("a"));
        again.awaitStop();
        again.obey();
        fixture.seen.await("a", 2, JobState.CANCELLED); // a run of its own, not linked
        assertThat(linked.asked).isEmpty();
        linked.finish();
        fixture.seen.await("b", JobState.COMPLETED);
    }

    @Test
    void a_job_that_waits_fails_at_once() throws Exception {
        fixture.runner.start();
        fixture.submit("manual", "'when': 'manual'");
        FakeNode first = started("a", "'links': ['manual']", NO_RESTART);
        first.crash("");
        assertThat(fixture.seen.await("manual", JobState.FAILED).reason().orElseThrow())
                .startsWith("linked job \"a\" failed");
    }

    @Test
    void what_a_job_was_told_holds_also_when_its_server_dies_before_it_stops() throws Exception {
        fixture.submit("a");
        fixture.submit("b", "'links': ['a']");
        for (String id : List.of("a", "b")) {
            fixture.jobs.move(new JobId(id), 1, JobState.RUNNING, Optional.empty(), List.of());
        }
        fixture.jobs.move(new JobId("a"), 1, JobState.FAILED, Optional.of("bad"), List.of());
        fixture.reopen();
        assertThat(fixture.get("b").state()).isEqualTo(JobState.RUNNING);
        fixture.runner.start();
        assertThat(fixture.get("b").state()).isEqualTo(JobState.FAILED);
        assertThat(fixture.get("b").reason()).contains("linked job \"a\" failed: bad");
        assertThat(fixture.nodes.none()).isTrue();
    }

    @Test
    void links_are_kept_while_no_server_runs() throws Exception {
        fixture.submit("a", NO_RESTART);
        fixture.submit("b", "'links': ['a']");
        fixture.reopen();
        fixture.runner.start();
        FakeNode one = fixture.nodes.next();
        FakeNode two = fixture.nodes.next();
        boolean inOrder = one.name().equals("a/0");
        FakeNode linked = inOrder ? two : one;
        (inOrder ? one : two).crash("");
        linked.awaitStop();
        linked.obey();
        fixture.seen.await("b", JobState.FAILED);
    }

    @Test
    void one_for_all_restarts_the_siblings_and_shows_why_they_stopped() throws Exception {
        fixture.runner.start();
        fixture.submit("a", "'num_of_nodes': 2", "'restart': {'strategy': 'one_for_all'}");
        FakeNode first = fixture.nodes.next();
        FakeNode second = fixture.nodes.next();
        first.crash("");
        second.awaitStop();
        assertThat(fixture.nodes.none()).isTrue();
        second.obey();
        FakeNode again = fixture.nodes.next();
        FakeNode sibling = fixture.nodes.next();
        assertThat(List.of(again.name(), sibling.name())).containsExactly("a/0", "a/1");
        assertThat(sibling.node.exit()).contains("shutdown");
        assertThat(sibling.node.restarts()).isEqualTo(1);
        again.finish();
        sibling.finish();
        fixture.seen.await("a", JobState.COMPLETED);
    }

    @Test
    void the_first_answer_stops_the_other_nodes_and_completes_the_job() throws Exception {
        fixture.runner.start();
        fixture.submit("a", "'num_of_nodes': 2", "'restart': {'auto_shutdown': 'any'}");
        FakeNode first = fixture.nodes.next();
        FakeNode second = fixture.nodes.next();
        second.finish();
        first.awaitStop();
        first.obey();
        Job done = fixture.seen.await("a", JobState.COMPLETED);
        assertThat(done.nodes())
                .extracting(NodeStatus::exit)
                .containsExactly(Optional.of("shutdown"), Optional.of("normal"));
    }

    @Test
    void a_node_that_may_be_run_again_keeps_its_place() throws Exception {
        fixture.runner.start();
        fixture.submit(
                "a",
                "'num_of_nodes': 8",
                "'restart': {'strategy': 'one_for_all', 'rerun_completed': true}");
        FakeNode first = fixture.nodes.next();
        FakeNode second = fixture.nodes.next();
        first.finish();
        fixture.submit("b");
        for (int i = 2; i < 7; i++) {
            fixture.nodes.next().finish();
        }
        FakeNode last = fixture.nodes.next();
        second.crash("");
        last.awaitStop();
        assertThat(fixture.nodes.none()).isTrue();
        assertThat(fixture.runner.freeNodes()).isZero();
        last.obey();
        for (int i = 0; i < 8; i++) {
            FakeNode node = fixture.nodes.next();
            assertThat(node.name()).isEqualTo("a/" + i);
            node.finish();
        }
        assertThat(fixture.nodes.next().name()).isEqualTo("b/0");
    }
}
