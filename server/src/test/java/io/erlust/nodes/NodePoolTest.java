package io.erlust.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.erlust.jobs.spec.Limits;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Who gets which process, and how a node that will not go on is found out. */
class NodePoolTest {
    private static final ProcessSetting PLAIN = ProcessSetting.plain("python");

    @TempDir
    private Path data;

    private NodeFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = new NodeFixture(data, "auto");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static Limits withMemory(long bytes) {
        Limits usual = Limits.DEFAULT;
        return new Limits(
                bytes, usual.processes(), usual.cpus(), usual.openFiles(), usual.scratchBytes());
    }

    private static ProcessSetting own(Map<String, String> env, Limits limits) {
        return new ProcessSetting("python", env, false, limits, Duration.ofSeconds(60));
    }

    @Test
    void spares_are_started_ahead_used_once_and_replaced() throws Exception {
        NodeFixture.Pool pool = fixture.pool(2);
        pool.pool.startSpares();
        await().until(() -> pool.pool.spares() == 2);
        Set<Long> pids = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            await().until(() -> pool.pool.spares() == 2);
            NodeFixture.Started node = pool.start(PLAIN, "pass", "null");
            assertThat(node.exit().reason()).isEqualTo("normal");
            pids.add(node.pid.get(1, TimeUnit.SECONDS));
        }
        assertThat(pids).hasSize(5);
        await().until(() -> pool.pool.spares() == 2);
        pool.pool.close();
        await().until(() -> fixture.nodeDirectories() == 0);
    }

    @Test
    void a_node_with_a_setting_of_its_own_gets_a_fresh_process() throws Exception {
        NodeFixture.Pool pool = fixture.pool(1);
        pool.pool.startSpares();
        await().until(() -> pool.pool.spares() == 1);
        List<Long> spares = pool.pool.sparePids();
        ProcessSetting own = own(Map.of("OWN", "x"), Limits.DEFAULT);
        NodeFixture.Started node =
                pool.start(own, "import os; node.emit(os.environ['OWN'])", "null");
        assertThat(node.exit().reason()).isEqualTo("normal");
        assertThat(fixture.results()).containsExactly("\"x\"");
        assertThat(pool.pool.sparePids()).isEqualTo(spares);
    }

    @Test
    void a_node_with_its_own_start_timeout_takes_a_spare() throws Exception {
        NodeFixture.Pool pool = fixture.pool(1);
        pool.pool.startSpares();
        await().until(() -> pool.pool.spares() == 1);
        long spare = pool.pool.sparePids().getFirst();
        ProcessSetting impatient = new ProcessSetting(
                "python", Map.of(), false, Limits.DEFAULT, Duration.ofMillis(100));
        NodeFixture.Started node = pool.start(impatient, "pass", "null");
        assertThat(node.exit().reason()).isEqualTo("normal");
        assertThat(node.pid).isCompletedWithValue(spare);
        await().until(() -> pool.pool.spares() == 1);
    }

    @Test
    void each_node_may_take_as_long_to_start_as_its_job_says() throws Exception {
        NodeFixture.Pool pool = fixture.rawPool("time.sleep(2); hello()");
        NodeFixture.Started patient =
                pool.start(NodeFixture.setting("raw", Duration.ofSeconds(30)), "", "null");
        NodeFixture.Started impatient =
                pool.start(NodeFixture.setting("raw", Duration.ofMillis(100)), "", "null");
        assertThat(impatient.exit().reason()).isEqualTo("start_timeout");
        assertThat(impatient.pid).isNotDone();
        assertThat(patient.exit().reason()).isEqualTo("normal");
    }

    @Test
    void a_spare_that_dies_unused_is_replaced_but_not_for_ever() throws Exception {
        NodeFixture.Pool pool = fixture.pool(1);
        pool.pool.startSpares();
        Set<Long> killed = new HashSet<>();
        while (killed.size() < 3) {
            await().until(() -> pool.pool.spares() == 1);
            long pid = pool.pool.sparePids().getFirst();
            killed.add(pid);
            ProcessHandle.of(pid).orElseThrow().destroyForcibly();
            await().until(() -> !pool.pool.sparePids().contains(pid));
        }
        assertThat(pool.pool.spares() + pool.pool.starting()).isZero();
        NodeFixture.Started node = pool.start(PLAIN, "pass", "null");
        assertThat(node.exit().reason()).isEqualTo("normal");
        await().until(() -> pool.pool.spares() == 1);
    }

    @Test
    void many_nodes_wait_their_turn_and_all_get_a_process() throws Exception {
        NodeFixture.Pool pool = fixture.pool(0);
        List<NodeFixture.Started> nodes = IntStream.range(0, 30)
                .mapToObj(_ -> pool.start(PLAIN, "pass", "null"))
                .toList();
        assertThat(pool.pool.starting()).isPositive();
        await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(() -> {
            assertThat(pool.pool.starting())
                    .isLessThanOrEqualTo(2 * Runtime.getRuntime().availableProcessors() + 2);
            return nodes.stream().allMatch(node -> node.exit.isDone());
        });
        for (NodeFixture.Started node : nodes) {
            assertThat(node.exit().reason()).isEqualTo("normal");
        }
    }

    @Test
    void a_node_that_is_stopped_before_it_has_a_process_never_runs() throws Exception {
        NodeFixture.Pool pool = fixture.pool(0);
        List<NodeFixture.Started> nodes = IntStream.range(0, 20)
                .mapToObj(_ -> pool.start(PLAIN, "node.emit(1)", "null"))
                .toList();
        NodeFixture.Started last = nodes.getLast();
        last.running().stop(Duration.ofSeconds(5), "cancelled");
        assertThat(last.exit().reason()).isEqualTo("cancelled");
        for (NodeFixture.Started node : nodes) {
            node.exit();
        }
        assertThat(last.pid).isNotDone();
        assertThat(fixture.results()).hasSize(19);
    }

    @Test
    void a_process_that_was_stopped_is_found_killed_and_its_item_charged() throws Exception {
        fixture.putNumbers(NodeFixture.IN, 10);
        NodeFixture.Started node = fixture.python("""
                        import os, signal
                        def handle(item): os.kill(os.getpid(), signal.SIGSTOP)
                        """);
        NodeExit exit = node.exit();
        assertThat(exit.reason()).isEqualTo("unresponsive");
        assertThat(exit.charged()).isPresent();
        assertThat(fixture.stats(NodeFixture.IN).ready()).isEqualTo(9);
    }

    @Test
    void a_node_stuck_with_an_item_is_killed_and_the_item_charged() throws Exception {
        fixture.itemTimeout = Optional.of(Duration.ofSeconds(2)); // of one, not of all together
        fixture.putNumbers(NodeFixture.IN, 10);
        NodeFixture.Started node = fixture.python("""
                        import time
                        def handle(item):
                            if item == 3: time.sleep(1000)
                            time.sleep(0.7)
                        """);
        NodeExit exit = node.exit();
        assertThat(exit.reason()).isEqualTo("timeout");
        assertThat(exit.charged()).hasValueSatisfying(id -> assertThat(id).endsWith(".3"));
    }

    @Test
    void a_node_that_takes_too_much_memory_is_out_of_memory() throws Exception {
        ProcessSetting small = own(Map.of(), withMemory(64L << 20));
        fixture.putNumbers(NodeFixture.IN, 3);
        String source = "def handle(item): bytearray(1 << 28)";
        NodeExit exit = fixture.pool(0).start(small, source, "null").exit();
        assertThat(exit.reason()).isEqualTo("out_of_memory");
        assertThat(exit.charged()).isPresent();
    }

    @Test
    void a_node_that_makes_its_hand_file_grow_is_ended() throws Exception {
        NodeFixture.Started node = fixture.python("""
                        import os, time
                        with open(os.environ["ERLUST_HAND"], "ab") as hand:
                            hand.write(b"x" * 1000)
                        time.sleep(1000)
                        """);
        assertThat(node.exit().reason()).isEqualTo("protocol: its hand file grew beyond 16 bytes");
    }

    @Test
    void a_node_without_network_that_tries_it_is_told_what_opens_it() throws Exception {
        NodeFixture.Started node = fixture.python("""
                        import socket
                        try: socket.create_connection(("192.0.2.1", 80), timeout=5)
                        except OSError: pass
                        """);
        assertThat(node.exit().reason()).isEqualTo("normal");
        assertThat(fixture.log()).contains("\"network\": true");
    }
}
