package io.erlust.supervision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobState;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.NodeStatus;
import io.erlust.jobs.SeenStates;
import io.erlust.jobs.Specs;
import io.erlust.jobs.WaitingFor;
import io.erlust.jobs.spec.JobId;
import io.erlust.store.Database;
import io.erlust.store.DatabaseConfig;
import io.erlust.store.TestDatabases;
import io.erlust.supervision.FakeNodes.FakeNode;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

class JobRunnerTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final DatabaseConfig config = TestDatabases.SQLITE.create();
    private Database database;
    private Jobs jobs;
    private SeenStates seen;
    private FakeNodes nodes;
    private JobRunner runner;

    @BeforeEach
    void open() {
        database = Database.open(config);
        JobEvents events = new JobEvents();
        jobs = new Jobs(database, events, WallClock.system());
        seen = new SeenStates(events);
        nodes = new FakeNodes();
        runner = new JobRunner(jobs, events, nodes, MonotonicClock.system(), 4);
    }

    @AfterEach
    void close() throws InterruptedException {
        runner.stop(Duration.ZERO);
        database.close();
    }

    private void submit(String id, String... members) {
        jobs.submit(Specs.spec(id, members));
    }

    private Job get(String id) {
        return jobs.get(new JobId(id)).orElseThrow();
    }

    private NodeStatus shown(String id, String state) throws InterruptedException {
        return seen.await(
                        JobEvent.NodeChanged.class,
                        changed -> changed.job().value().equals(id)
                                && changed.node().state().equals(state),
                        id + " with a node " + state)
                .node();
    }

    @Test
    void a_job_runs_until_each_of_its_nodes_has_ended_normally() throws Exception {
        runner.start();
        submit("a", "'num_of_nodes': 2", "'args': [1]");
        FakeNode first = nodes.next();
        FakeNode second = nodes.next();
        assertThat(List.of(first.name(), second.name())).containsExactly("a/0", "a/1");
        assertThat(first.job.spec().args()).isEqualTo("[1]");
        assertThat(first.job.spec().source()).isEqualTo("pass");
        first.finish();
        second.finish();
        Job done = seen.await("a", JobState.COMPLETED);
        assertThat(done.reason()).isEmpty();
        assertThat(done.nodes())
                .extracting(NodeStatus::state, node -> node.exit().orElse(""))
                .containsOnly(tuple("ended", "normal"));
    }

    @Test
    void what_a_node_tells_can_be_seen_while_it_runs_and_afterwards() throws Exception {
        runner.start();
        submit("a");
        FakeNode node = nodes.next();
        node.listener.started(77);
        node.listener.ready();
        node.listener.acknowledged(40);
        node.listener.progress(progress(1));
        node.listener.progress(progress(2));
        NodeStatus running = seen.await(
                        JobEvent.NodeChanged.class,
                        changed -> done(changed.node()) == 2,
                        "progress")
                .node()
                .withRate(OptionalDouble.empty());
        NodeStatus expected =
                NodeStatus.starting(0).started(77).running().at(progress(2)).withItems(40);
        assertThat(running).isEqualTo(expected);
        assertThat(runner.nodes(new JobId("a")).orElseThrow())
                .extracting(now -> now.withRate(OptionalDouble.empty()))
                .containsExactly(expected);
        node.finish();
        assertThat(seen.await("a", JobState.COMPLETED).nodes())
                .containsExactly(expected.ended(Optional.of("normal")));
        node.listener.progress(progress(3)); // too late: nobody minds
    }

    private static long done(NodeStatus node) {
        return node.progress().map(NodeStatus.Progress::done).orElse(0L);
    }

    private static NodeStatus.Progress progress(long done) {
        return new NodeStatus.Progress(done, OptionalLong.of(9), Optional.empty());
    }

    @Test
    void a_crashed_node_is_started_again_and_knows_it() throws Exception {
        runner.start();
        submit("a");
        nodes.next().crash("line 1\nline 2\n");
        FakeNode again = nodes.next();
        assertThat(again.node.restarts()).isEqualTo(1);
        assertThat(again.node.exit()).contains("exit 1");
        assertThat(again.node.stderr()).contains("line 1\nline 2");
        assertThat(shown("a", "restarting").exit()).contains("exit 1");
        assertThat(shown("a", "restarting").stderr()).contains("line 1\nline 2");
        again.finish();
        NodeStatus done = seen.await("a", JobState.COMPLETED).nodes().getFirst();
        assertThat(done.restarts()).isEqualTo(1);
        assertThat(done.stderr()).isEmpty();
    }

    @Test
    void too_many_crashes_stop_the_other_nodes_and_fail_the_job_with_its_stderr() throws Exception {
        runner.start();
        submit("a", "'num_of_nodes': 2");
        FakeNode first = nodes.next();
        FakeNode second = nodes.next();
        first.crash("");
        nodes.next().crash("Traceback\nValueError: no\n");
        assertThat(second.awaitStop()).isEqualTo(Duration.ofSeconds(5));
        second.finish();
        assertThat(seen.await("a", JobState.FAILED).reason())
                .contains("node 0: exit 1 (restart intensity 1 in 5 s exceeded)\n"
                        + "Traceback\nValueError: no");
    }

    @Test
    void poison_does_not_fail_a_job_that_gets_on_with_the_others() throws Exception {
        runner.start();
        submit("a");
        for (int i = 0; i < 4; i++) {
            FakeNode node = nodes.next();
            node.listener.acknowledged(1);
            node.crashOn("7." + i);
        }
        nodes.next().finish();
        Job done = seen.await("a", JobState.COMPLETED);
        assertThat(done.nodes().getFirst().restarts()).isEqualTo(4);
        assertThat(done.nodes().getFirst().items()).isEqualTo(4);
    }

    @Test
    void a_node_that_cannot_be_started_fails_the_job_with_the_cause() throws Exception {
        nodes.refusal = Optional.of("no python3");
        runner.start();
        submit("a");
        assertThat(seen.await("a", JobState.FAILED).reason())
                .contains("node 0: could not be started: no python3"
                        + " (restart intensity 1 in 5 s exceeded)");
    }

    @Test
    void the_oldest_job_is_first_and_a_wide_one_is_not_overtaken() throws Exception {
        runner.start();
        submit("a", "'num_of_nodes': 3");
        List<FakeNode> ofA = List.of(nodes.next(), nodes.next(), nodes.next());
        submit("wide", "'num_of_nodes': 4");
        submit("small");
        ofA.get(0).finish();
        ofA.get(1).finish();
        shown("a", "ended");
        seen.await(
                JobEvent.NodeChanged.class,
                changed -> changed.node().rank() == 1 && changed.node().state().equals("ended"),
                "the end of a/1");
        assertThat(nodes.none()).isTrue();
        assertThat(runner.waitingFor(get("small")))
                .contains(new WaitingFor.Nodes(
                        1, 3, OptionalInt.of(2), Optional.of(new JobId("wide"))));
        assertThat(runner.waitingFor(get("wide")))
                .contains(new WaitingFor.Nodes(4, 3, OptionalInt.of(1), Optional.empty()));
        ofA.get(2).finish();
        for (int i = 0; i < 4; i++) {
            FakeNode node = nodes.next();
            assertThat(node.name()).isEqualTo("wide/" + i);
            node.finish();
        }
        FakeNode last = nodes.next();
        assertThat(last.name()).isEqualTo("small/0");
        last.finish();
        seen.await("small", JobState.COMPLETED);
    }

    @Test
    void slots_of_nodes_that_have_ended_are_free_for_the_next_job() throws Exception {
        runner.start();
        submit("a", "'num_of_nodes': 4");
        List<FakeNode> ofA = List.of(nodes.next(), nodes.next(), nodes.next(), nodes.next());
        submit("b");
        ofA.get(2).finish();
        assertThat(nodes.next().name()).isEqualTo("b/0");
    }

    @Test
    void when_the_head_of_the_line_is_cancelled_the_next_goes_on() throws Exception {
        runner.start();
        submit("a", "'num_of_nodes': 3");
        nodes.next();
        nodes.next();
        nodes.next();
        submit("wide", "'num_of_nodes': 4");
        submit("small");
        jobs.cancel(new JobId("wide"));
        assertThat(nodes.next().name()).isEqualTo("small/0");
    }

    @Test
    void a_job_with_more_nodes_than_the_server_runs_fails_and_says_so() throws Exception {
        runner.start();
        submit("a", "'num_of_nodes': 5");
        assertThat(seen.await("a", JobState.FAILED).reason().orElseThrow())
                .contains("5 nodes")
                .contains("at most 4");
    }

    @Test
    void a_cancelled_job_has_its_nodes_stopped_first() throws Exception {
        runner.start();
        submit("a");
        FakeNode node = nodes.next();
        jobs.cancel(new JobId("a"));
        node.awaitStop();
        assertThat(get("a").state()).isEqualTo(JobState.RUNNING);
        node.finish();
        assertThat(seen.await("a", JobState.CANCELLED).reason()).contains("cancelled on request");
    }

    @Test
    void a_node_that_does_not_stop_is_killed() throws Exception {
        runner.start();
        submit("a", "'restart': {'shutdown_ms': 20}");
        FakeNode node = nodes.next();
        jobs.cancel(new JobId("a"));
        assertThat(node.awaitStop()).isEqualTo(Duration.ofMillis(20));
        node.awaitKill();
        seen.await("a", JobState.CANCELLED);
    }

    @Test
    void a_run_that_takes_too_long_is_stopped_and_fails() throws Exception {
        runner.start();
        submit("a", "'timeout': 'PT0.05S'");
        FakeNode node = nodes.next();
        node.awaitStop();
        node.finish();
        assertThat(seen.await("a", JobState.FAILED).reason()).contains("timeout after PT0.05S");
    }

    @Test
    void a_retry_runs_again_also_at_once() throws Exception {
        runner.start();
        submit("a");
        nodes.next().finish();
        seen.await("a", JobState.COMPLETED);
        jobs.retry(new JobId("a"));
        FakeNode again = nodes.next();
        assertThat(again.job.run()).isEqualTo(2);
        again.finish();
        seen.await("a", 2, JobState.COMPLETED);
    }

    @Test
    void jobs_left_behind_by_a_dead_server_go_on_and_those_being_cancelled_are_cancelled()
            throws Exception {
        for (String id : List.of("a", "b", "c")) {
            submit(id);
        }
        for (String id : List.of("a", "b")) {
            jobs.move(new JobId(id), 1, JobState.RUNNING, Optional.empty(), List.of());
        }
        jobs.cancel(new JobId("b"));
        runner.start();
        assertThat(get("b").state()).isEqualTo(JobState.CANCELLED);
        assertThat(nextNames(2)).containsExactlyInAnyOrder("a/0", "c/0");
    }

    @Test
    void a_server_that_stops_asks_its_nodes_and_its_jobs_go_on_at_the_next_start()
            throws Exception {
        runner.start();
        submit("a");
        FakeNode node = nodes.next();
        Thread stop = stopping(LONG);
        assertThat(node.awaitStop()).isEqualTo(Duration.ofSeconds(5));
        submit("b");
        node.finish();
        assertThat(stop.join(LONG)).isTrue();
        assertThat(get("a").state()).isEqualTo(JobState.AVAILABLE);
        assertThat(nodes.none()).isTrue();
        close();
        open();
        runner.start();
        assertThat(nextNames(2)).containsExactlyInAnyOrder("a/0", "b/0");
    }

    @Test
    void a_server_that_stops_kills_nodes_that_take_too_long() throws Exception {
        runner.start();
        submit("a");
        FakeNode node = nodes.next();
        Thread stop = stopping(Duration.ofMillis(50));
        node.awaitStop();
        node.awaitKill();
        assertThat(stop.join(LONG)).isTrue();
        assertThat(get("a").state()).isEqualTo(JobState.AVAILABLE);
    }

    private List<String> nextNames(int count) throws InterruptedException {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(nodes.next().name());
        }
        return names;
    }

    private Thread stopping(Duration deadline) {
        return Thread.ofVirtual().start(() -> {
            try {
                runner.stop(deadline);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void a_quiet_server_starts_no_more_jobs() throws Exception {
        runner.start();
        submit("a");
        FakeNode node = nodes.next();
        runner.quiet();
        submit("b");
        node.finish();
        seen.await("a", JobState.COMPLETED);
        assertThat(get("b").state()).isEqualTo(JobState.AVAILABLE);
        assertThat(nodes.none()).isTrue();
    }

    @Test
    void many_short_jobs_all_end_and_no_slot_is_lost() throws Exception {
        runner.start();
        for (int i = 0; i < 100; i++) {
            submit("j" + i, "'num_of_nodes': " + (1 + i % 4));
        }
        int total = 25 * (1 + 2 + 3 + 4);
        for (int i = 0; i < total; i++) {
            nodes.next().finish();
        }
        for (int i = 0; i < 100; i++) {
            seen.await("j" + i, JobState.COMPLETED);
        }
        submit("last", "'num_of_nodes': 4");
        for (int i = 0; i < 4; i++) {
            nodes.next().finish();
        }
        seen.await("last", JobState.COMPLETED);
    }
}
