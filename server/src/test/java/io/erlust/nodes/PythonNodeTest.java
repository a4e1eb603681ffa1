package io.erlust.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.erlust.queues.QueueName;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** Real Python nodes with the real library, against the real queues, at each level of isolation. */
@ParameterizedClass
@ValueSource(strings = {"bubblewrap", "process", "none"})
class PythonNodeTest {
    @Parameter
    private String level = "";

    @TempDir
    private Path data;

    private NodeFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = new NodeFixture(data, level);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void items_go_through_a_node_into_another_queue_and_into_results() throws Exception {
        fixture.putNumbers(NodeFixture.IN, 1000);
        NodeFixture.Started node = fixture.python("""
                        def main():
                            node.ready()
                            q = node.q_connect()
                            item = node.q_get(q)
                            while item is not None:
                                if item % 100 == 0:
                                    node.q_put("out", item * 2)
                                    node.emit({"item": item})
                                item = node.q_get(q)
                            node.progress(10, 10, "all")
                            node.done("finished")
                        """);
        NodeExit exit = node.exit();
        assertThat(exit.stderr()).isEmpty();
        assertThat(exit.reason()).isEqualTo("normal");
        assertThat(node.ready.join()).isTrue();
        assertThat(node.progress.join().total()).isEqualTo(OptionalLong.of(10));
        assertThat(node.acknowledged).hasValue(1000);
        assertThat(fixture.results())
                .hasSize(11)
                .contains("{\"item\":900}")
                .endsWith("\"finished\"");
        assertThat(fixture.stats(NodeFixture.OUT).ready()).isEqualTo(10);
        assertThat(fixture.stats(NodeFixture.OUT).producers()).isZero();
        await().until(() -> fixture.stats(NodeFixture.IN).inHand() == 0);
        assertThat(fixture.stats(NodeFixture.IN).ready()).isZero();
    }

    @Test
    void a_handle_function_gets_every_item_and_its_failures_are_charged_to_their_items()
            throws Exception {
        fixture.putNumbers(NodeFixture.IN, 500);
        NodeFixture.Started node = fixture.python("""
                        def handle(item):
                            if item == 77 and node.item.attempt == 1:
                                raise ValueError("not this time")
                            return item
                        """);
        NodeExit exit = node.exit();
        assertThat(exit.reason()).isEqualTo("normal");
        assertThat(fixture.results()).hasSize(500).contains("77");
        assertThat(node.acknowledged).hasValue(500);
    }

    @Test
    void the_item_in_hand_of_a_node_that_dies_is_charged_and_the_others_go_back_free()
            throws Exception {
        fixture.putNumbers(NodeFixture.IN, 300);
        NodeFixture.Started node = fixture.python("""
                        import os, signal, sys
                        def main():
                            for item in node.items():
                                if item == 150:
                                    print("last words", file=sys.stderr)
                                    os.kill(os.getpid(), signal.SIGSEGV)
                        """);
        NodeExit exit = node.exit();
        assertThat(exit.reason()).isEqualTo("signal 11");
        assertThat(exit.charged()).hasValueSatisfying(id -> assertThat(id).endsWith(".150"));
        assertThat(exit.stderr()).containsExactly("last words");
        assertThat(node.acknowledged).hasValue(150);
        await().until(() -> fixture.stats(NodeFixture.IN).retrying() == 1);
        assertThat(fixture.stats(NodeFixture.IN).ready()).isEqualTo(149);
    }

    @Test
    void a_node_that_is_stopped_ends_politely_and_is_charged_nothing() throws Exception {
        fixture.queues.addProducer(new QueueName("waiting"), "test");
        NodeFixture.Started node = fixture.python("""
                        def main():
                            node.ready()
                            while node.q_get("waiting") is not None: pass
                        """);
        node.ready.get(30, TimeUnit.SECONDS);
        node.running().stop(Duration.ofSeconds(20), "cancelled");
        NodeExit exit = node.exit();
        assertThat(exit.reason()).isEqualTo("cancelled");
        assertThat(exit.charged()).isEmpty();
    }

    @Test
    void a_node_that_ignores_being_asked_is_killed_when_its_grace_ends() throws Exception {
        fixture.putNumbers(NodeFixture.IN, 10);
        NodeFixture.Started node = fixture.python("""
                        import signal
                        signal.signal(signal.SIGTERM, signal.SIG_IGN)
                        def handle(item):
                            while True: pass
                        """);
        node.ready.get(30, TimeUnit.SECONDS);
        await().until(() -> fixture.stats(NodeFixture.IN).inHand() > 0);
        node.running().stop(Duration.ofMillis(200), "cancelled");
        NodeExit exit = node.exit();
        assertThat(exit.reason()).isEqualTo("killed");
        assertThat(exit.charged()).isEmpty();
        assertThat(fixture.stats(NodeFixture.IN).ready()).isEqualTo(10);
    }

    @Test
    void a_quiet_node_is_acknowledged_from_its_hand_file() throws Exception {
        fixture.putNumbers(NodeFixture.IN, 200);
        NodeFixture.Started node = fixture.python("""
                        import time
                        def main():
                            items = node.items()
                            for _ in range(101): next(items)
                            time.sleep(1000)
                        """);
        await().until(() -> node.acknowledged.get() == 100);
        node.running().kill();
        assertThat(node.exit().charged()).isEmpty();
        assertThat(fixture.stats(NodeFixture.IN).ready()).isEqualTo(100);
    }

    @Test
    void what_a_node_prints_is_kept_and_can_be_followed() throws Exception {
        NodeFixture.Started node = fixture.python("""
                        import os, sys
                        print("hello", os.environ["GREETING"], node.args, os.getcwd())
                        print("\\033[31mred\\033[0m", file=sys.stderr)
                        os.write(1, b"\\xff\\x00end\\n")
                        """, "{\"a\":\n1}");
        StringBuilder followed = new StringBuilder();
        try (LogTail tail = fixture.logs.follow(1, 1, 0)) {
            await().until(() ->
                    followed.append(tail.next(Duration.ofSeconds(5))).indexOf("end\n") >= 0);
        }
        assertThat(node.exit().stderr()).containsExactly("red");
        assertThat(fixture.log())
                .contains("hello hi {'a': 1} "
                        + (level.equals("bubblewrap")
                                ? "/tmp"
                                : fixture.runtime.path().toString()))
                .contains("red\n")
                .contains("\ufffd\ufffdend\n");
    }

    @Test
    void a_flood_without_line_ends_neither_blocks_the_node_nor_fills_the_heap() throws Exception {
        NodeFixture.Started node = fixture.python("""
                        import os
                        for _ in range(1000): os.write(1, b"x" * 100_000)
                        os.write(1, b"\\n")
                        """);
        assertThat(node.exit().reason()).isEqualTo("normal");
        assertThat(fixture.log()).hasSizeLessThan(20_000).contains("bytes cut]");
    }

    @Test
    void nothing_is_left_of_a_node_that_started_processes_of_its_own() throws Exception {
        String mark = Long.toString(System.nanoTime());
        NodeFixture.Started node = fixture.python("""
                        import subprocess
                        subprocess.Popen(["sleep", "1000.%1$s"])
                        subprocess.Popen(["sleep", "1000.%1$s"], start_new_session=True)
                        """.formatted(mark));
        assertThat(node.exit().reason()).isEqualTo("normal");
        assertThat(ProcessHandle.allProcesses()
                        .map(process -> process.info().commandLine().orElse("")))
                .noneMatch(words -> words.contains(mark));
        await().until(() -> fixture.nodeDirectories() == 0);
    }
}
