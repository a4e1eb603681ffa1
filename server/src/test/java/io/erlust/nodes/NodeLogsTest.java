package io.erlust.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.erlust.time.Patience;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** Output is bounded, counted, and survives the node and the server. */
class NodeLogsTest {
    @TempDir
    private Path data;

    private static void print(NodeLog log, NodeLog.Source source, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        log.append(source, bytes, bytes.length);
    }

    @Test
    void the_oldest_output_is_dropped_and_counted() throws Exception {
        NodeLogs logs = new NodeLogs(data);
        NodeLog log = logs.open(1, 1, 0);
        String line = "x".repeat(1023) + "\n";
        for (int i = 0; i < 5000; i++) {
            print(log, NodeLog.Source.STDOUT, line);
        }
        print(log, NodeLog.Source.STDOUT, "the end\n");
        logs.release(log);
        String text = new NodeLogs(data).text(1, 1, 0);
        assertThat(text)
                .startsWith("--- 3145728 bytes of earlier output were dropped\nxxx")
                .endsWith("the end\n")
                .hasSizeBetween(1 << 20, 2 << 20);
    }

    @Test
    void a_restarted_node_writes_on_and_two_streams_never_share_a_line() throws Exception {
        NodeLogs logs = new NodeLogs(data);
        NodeLog log = logs.open(1, 1, 2);
        print(log, NodeLog.Source.STDOUT, "half");
        print(log, NodeLog.Source.STDERR, "error\n");
        logs.release(log);
        NodeLog again = logs.open(1, 1, 2);
        again.note("--- node 2 started again (restart 1): exit 1");
        logs.release(again);
        assertThat(logs.text(1, 1, 2))
                .isEqualTo("half\nerror\n--- node 2 started again (restart 1): exit 1\n");
    }

    @Test
    void a_count_that_a_full_disk_left_empty_stops_no_node() throws Exception {
        NodeLogs logs = new NodeLogs(data);
        NodeLog log = logs.open(1, 1, 0);
        print(log, NodeLog.Source.STDOUT, "there\n");
        logs.release(log);
        Files.createFile(log.file().resolveSibling(log.file().getFileName() + ".dropped"));
        assertThat(new NodeLogs(data).text(1, 1, 0)).isEqualTo("there\n");
    }

    @Test
    void a_follower_sees_what_was_there_and_what_comes() throws Exception {
        NodeLogs logs = new NodeLogs(data);
        NodeLog log = logs.open(1, 1, 0);
        print(log, NodeLog.Source.STDOUT, "before\n");
        try (LogTail tail = logs.follow(1, 1, 0)) {
            assertThat(tail.next(Patience.LONG)).isEqualTo("before\n");
            Thread.ofVirtual().start(() -> print(log, NodeLog.Source.STDOUT, "after\n"));
            assertThat(tail.next(Patience.LONG)).isEqualTo("after\n");
            assertThat(tail.next(Duration.ofMillis(1))).isEmpty();
        }
        logs.release(log);
        assertThat(logs.text(9, 9, 9)).isEmpty();
    }

    @Test
    void the_log_of_a_run_can_be_measured_and_deleted() throws Exception {
        NodeLogs logs = new NodeLogs(data);
        for (int run = 1; run <= 2; run++) {
            NodeLog log = logs.open(7, run, 0);
            print(log, NodeLog.Source.STDOUT, "x".repeat(5000) + "\n");
            logs.release(log);
        }
        Files.createDirectories(data.resolve("jobs/0/run-1"));
        Files.createDirectories(data.resolve("jobs/lost+found"));
        assertThat(logs.writtenBytes()).isEqualTo(2 * 5001);
        assertThat(logs.jobs()).containsExactly(7L);
        assertThat(logs.runs(7)).isEqualTo(Map.of(1, 4 * 4096L, 2, 4 * 4096L));
        try (LogTail tail = logs.follow(7, 1, 0)) {
            assertThat(logs.delete(7, 1)).isEqualTo(4 * 4096);
            assertThat(tail.next(Duration.ofMillis(1))).isEmpty();
        }
        assertThat(logs.delete(7, 1)).isZero();
        assertThat(logs.text(7, 1, 0)).isEmpty();
        assertThat(logs.runs(7)).containsOnlyKeys(2);
        logs.delete(7, 2);
        assertThat(logs.jobs()).isEmpty();
        NodeLog again = logs.open(7, 3, 0);
        print(again, NodeLog.Source.STDOUT, "there\n");
        logs.release(again);
        logs.deleteJob(7);
        assertThat(data.resolve("jobs/7")).doesNotExist();
    }
}
