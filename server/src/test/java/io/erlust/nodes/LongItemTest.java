package io.erlust.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.erlust.queues.QueueStats;
import io.erlust.time.LeapingClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A node that takes a day and more for one item keeps it, and those that were delivered ahead: no
 * time-out stands in for knowing that it lives.
 */
class LongItemTest {
    private static final int HELD = 1000;
    private static final int ITEMS = 2000;

    private final LeapingClock clock = new LeapingClock();

    @TempDir
    private Path data;

    private NodeFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = new NodeFixture(data, "auto", clock.wall(), clock);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void a_day_with_an_item_in_hand_costs_neither_node_nor_items() throws Exception {
        fixture.putNumbers(NodeFixture.IN, ITEMS);
        fixture.queues.addProducer(NodeFixture.IN, "test");
        NodeFixture.Started node = fixture.python("""
                        import signal, time
                        told, seen = [], []
                        signal.signal(signal.SIGUSR1, lambda *_: told.append(1))
                        def main():
                            node.ready()
                            for item in node.items():
                                if item == %d:
                                    node.progress(item)
                                    while not told: time.sleep(0.01)
                                seen.append([item, node.item.attempt])
                            node.emit(seen)
                        """.formatted(HELD));
        assertThat(node.progress.get(60, TimeUnit.SECONDS).done()).isEqualTo(HELD);
        QueueStats held = quiet();
        assertThat(held.inHand()).isGreaterThan(1);
        for (int i = 0; i < 8; i++) {
            passes(Duration.ofHours(3));
        }
        passes(Duration.ofDays(1));
        assertThat(fixture.stats(NodeFixture.IN).inHand()).isEqualTo(held.inHand());
        assertThat(fixture.stats(NodeFixture.IN).ready()).isEqualTo(held.ready());
        assertThat(node.exit).isNotDone();

        new ProcessBuilder("kill", "-USR1", node.pid.join().toString()).start().waitFor();
        await().until(() -> node.acknowledged.get() == ITEMS);
        passes(Duration.ofDays(1)); // now it waits for an item
        fixture.put(NodeFixture.IN, "" + ITEMS);
        fixture.queues.removeProducer(NodeFixture.IN, "test");

        NodeExit exit = node.exit();
        assertThat(exit.reason()).isEqualTo("normal");
        assertThat(exit.charged()).isEmpty();
        String once = IntStream.rangeClosed(0, ITEMS)
                .mapToObj(item -> "[" + item + ",1]")
                .collect(Collectors.joining(",", "[", "]"));
        assertThat(fixture.results()).containsExactly(once);
        assertThat(node.acknowledged).hasValue(ITEMS + 1L);
        QueueStats end = fixture.stats(NodeFixture.IN);
        assertThat(end.ready() + end.inHand() + end.retrying() + end.dead()).isZero();
    }

    /** Time passes, and is noticed. */
    private void passes(Duration time) {
        clock.leap(time);
        long before = fixture.looks.get();
        await().until(() -> fixture.looks.get() > before + 1);
    }

    /** What it had finished is acknowledged, and all that it may have ahead is delivered. */
    private QueueStats quiet() {
        await().until(() -> left() == ITEMS - HELD);
        return fixture.stats(NodeFixture.IN);
    }

    private long left() {
        QueueStats in = fixture.stats(NodeFixture.IN);
        return in.ready() + in.inHand();
    }
}
