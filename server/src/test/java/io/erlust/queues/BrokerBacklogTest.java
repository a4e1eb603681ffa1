package io.erlust.queues;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.store.Database;
import io.erlust.store.TestDatabases;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** What is asked of a broker, and taken from it, when. This one does nothing by itself. */
final class BrokerBacklogTest {
    private static final QueueName Q = new QueueName("work");

    private final SimulatedBroker broker = new SimulatedBroker(new Random(1), false);
    private Database database;
    private Queues queues;

    @BeforeEach
    void open() {
        database = Database.open(TestDatabases.SQLITE.create());
        queues = Queues.open(database, WallClock.system(), MonotonicClock.system(), broker);
        queues.createOnBroker(Q);
    }

    @AfterEach
    void close() {
        queues.close();
        database.close();
    }

    @Test
    void a_client_that_waits_no_longer_leaves_no_consumer_behind() {
        queues.addProducer(Q, "somebody");
        Duration lease = Duration.ofMinutes(10);
        assertThat(queues.receive(Q, 1, Duration.ofMillis(1), lease).items()).isEmpty();
        Awaitility.await().until(() -> broker.wanted() == 0);
    }

    @Test
    void what_was_on_its_way_to_a_queue_that_has_moved_is_left_to_the_broker() {
        Queue queue = queues.queue(Q);
        BrokerQueue.Receiver before = (BrokerBacklog) queue.backlog();
        queue.configure(BrokerFixture.config(Backend.SQL));
        before.received(1, List.of(message(1, "1"), message(2, "no item")));
        database.write(tx -> true);
        assertThat(queues.stats(Q).orElseThrow())
                .returns(0L, QueueStats::ready)
                .returns(0L, QueueStats::dead);
    }

    @Test
    void messages_that_are_suddenly_long_are_not_all_kept_here() {
        queues.addProducer(Q, "somebody");
        queues.subscribe(Q, new Recorder(), "test", 1);
        BrokerBacklog backlog = (BrokerBacklog) queues.queue(Q).backlog();
        String text = '"' + "x".repeat((1 << 20) - 2) + '"';
        for (int tag = 1; tag <= 32; tag++) {
            backlog.received(1, List.of(message(tag, text)));
        }
        assertThat(broker.renewed()).as("so much may be here").isZero();
        for (int tag = 33; tag <= 36; tag++) {
            backlog.received(1, List.of(message(tag, text)));
        }
        assertThat(broker.renewed()).isEqualTo(1);
        assertThat(broker.wanted()).isLessThan(20);
        backlog.lost(1, 7);
        assertThat(queues.queue(Q).ready.bytes()).isZero();
    }

    private static BrokerQueue.Message message(long tag, String body) {
        return new BrokerQueue.Message(tag, null, false, 0, body.getBytes(StandardCharsets.UTF_8));
    }
}
