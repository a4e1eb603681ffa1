package io.erlust.queues;

import static io.erlust.queues.BrokerFixture.ERROR;
import static io.erlust.queues.BrokerFixture.Q;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.GetResponse;

import io.erlust.amqp.RabbitServer;
import io.erlust.json.InvalidField;
import io.erlust.json.Lines;
import io.erlust.queues.BrokerFixture.Program;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/** What is particular about queues that other programs share. */
final class BrokerQueuesTest {
    private static final Duration HOLD = Duration.ofMillis(300);

    private String uri = "";
    private BrokerFixture fixture;
    private Program program;

    @BeforeEach
    void open() throws Exception {
        uri = RabbitServer.shared().newVhost();
        fixture = new BrokerFixture(uri, HOLD, Duration.ofSeconds(30));
        program = new Program(uri);
    }

    @AfterEach
    void close() {
        program.close();
        fixture.close();
    }

    @Test
    void what_is_put_is_a_plain_persistent_message() throws Exception {
        fixture.queues
                .put(Q, Lines.of("{\"a\": 1}".getBytes(StandardCharsets.UTF_8)))
                .join();
        GetResponse message = Objects.requireNonNull(program.get());
        assertThat(message.getBody()).asString().isEqualTo("{\"a\": 1}");
        assertThat(message.getProps().getDeliveryMode()).isEqualTo(2);
        assertThat(message.getProps().getContentType()).isEqualTo("application/json");
        assertThat(message.getProps().getMessageId()).isNotEmpty();
    }

    @Test
    void what_another_program_publishes_is_an_item() throws Exception {
        fixture.put(0, 1);
        program.publish("{\"a\":\n 1}");
        program.publish("2");
        Recorder recorder = new Recorder();
        assertThat(recorder.drain(fixture.subscribe(recorder, 10)))
                .extracting(Recorder.Item::text)
                .containsExactly("0", "{\"a\":  1}", "2");
    }

    @Test
    void what_is_no_item_is_dead_and_says_why_and_the_others_go_on() throws Exception {
        fixture.put(0, 1);
        program.publish("not JSON");
        program.publish("\"two\nlines\"");
        program.publish(new byte[] {'"', (byte) 0xff, '"'});
        program.publish("");
        program.publish("\"" + "x".repeat(Queues.ITEM_BYTES_MAX) + "\"");
        program.publish("1");
        Recorder recorder = new Recorder();
        assertThat(recorder.drain(fixture.subscribe(recorder, 1)))
                .extracting(Recorder.Item::text)
                .containsExactly("0", "1");
        Awaitility.await().until(() -> fixture.stats().dead() == 5);
        List<DeadItem> dead = fixture.queues.dead(Q, Optional.empty(), 10);
        assertThat(dead)
                .extracting(item -> text(item.item()).substring(0, 2))
                .containsExactlyInAnyOrder("\"n", "\"\\", "{\"", "\"\"", "\"x");
        assertThat(dead)
                .extracting(DeadItem::history)
                .allMatch(history -> history.contains("invalid_json")
                        || history.contains("expected at most 1048576 bytes"));
        assertThat(program.get()).isNull();
    }

    private static String text(byte[] item) {
        return new String(item, StandardCharsets.UTF_8);
    }

    @Test
    void an_item_in_hand_for_long_is_kept_in_the_store_and_leaves_the_broker() throws Exception {
        fixture.put(0, 1);
        Recorder recorder = new Recorder();
        Subscription subscription = fixture.subscribe(recorder, 1);
        Recorder.Item item = recorder.next();
        Awaitility.await().until(() -> fixture.stats().bytes() == 2);
        assertThat(fixture.stats()).returns(1L, QueueStats::inHand).returns(0L, QueueStats::ready);
        subscription.ack(item.ordinal());
        recorder.awaitDrained();
        assertThat(fixture.stats()).returns(0L, QueueStats::bytes).returns(0L, QueueStats::inHand);
        fixture.restart();
        assertThat(fixture.stats()).returns(0L, QueueStats::ready);
        assertThat(program.get()).isNull();
    }

    @Test
    void an_item_that_was_kept_comes_again_marked_when_the_server_dies() throws Exception {
        fixture.put(0, 1);
        Recorder recorder = new Recorder();
        fixture.subscribe(recorder, 1);
        Recorder.Item held = recorder.next();
        Awaitility.await().until(() -> fixture.stats().bytes() == 2);
        fixture.restart();
        Recorder after = new Recorder();
        assertThat(after.drain(fixture.subscribe(after, 1)))
                .singleElement()
                .returns(held.id(), Recorder.Item::id)
                .returns("0", Recorder.Item::text)
                .returns(2, Recorder.Item::attempt);
        assertThat(fixture.stats()).returns(0L, QueueStats::bytes);
    }

    @Test
    void an_item_that_was_kept_and_fails_is_charged_once() throws Exception {
        fixture.put(0, 1);
        Recorder recorder = new Recorder();
        Subscription subscription = fixture.subscribe(recorder, 1);
        Recorder.Item first = recorder.next();
        Awaitility.await().until(() -> fixture.stats().bytes() == 2);
        subscription.fail(first.ordinal(), ERROR);
        Recorder.Item second = recorder.next();
        assertThat(second)
                .returns(first.id(), Recorder.Item::id)
                .returns(2, Recorder.Item::attempt);
        subscription.ack(second.ordinal());
        recorder.awaitDrained();
        assertThat(fixture.stats())
                .returns(0L, QueueStats::bytes)
                .returns(0L, QueueStats::retrying);
    }

    @Test
    void what_was_read_ahead_goes_back_when_nobody_takes_it() throws Exception {
        fixture.put(0, 3);
        Recorder recorder = new Recorder();
        Subscription slow = fixture.subscribe(recorder, 1);
        Recorder.Item held = recorder.next();
        slow.asks(false);
        Awaitility.await()
                .until(() -> program.get() != null); // while it is busy, another takes one
        slow.ack(held.ordinal());
        Recorder.Item next = recorder.next();
        assertThat(next.attempt()).as("it was in no hand").isEqualTo(1);
        slow.ack(next.ordinal());
        slow.asks(true);
        recorder.awaitDrained();
    }

    @Test
    void what_was_read_ahead_goes_back_when_the_last_consumer_leaves() throws Exception {
        fixture.close();
        fixture = new BrokerFixture(uri, Duration.ofMinutes(5), Duration.ofSeconds(30));
        fixture.put(0, 3);
        Recorder recorder = new Recorder();
        Subscription leaving = fixture.subscribe(recorder, 1);
        recorder.next();
        leaving.end(OptionalLong.empty(), null);
        for (int i = 0; i < 3; i++) {
            Awaitility.await().until(() -> program.get() != null);
        }
        assertThat(fixture.stats()).returns(0L, QueueStats::inHand).returns(0L, QueueStats::ready);
    }

    @Test
    void a_queue_that_somebody_deletes_is_made_again_and_consumed_again() throws Exception {
        fixture.queues.addProducer(Q, "somebody");
        Recorder recorder = new Recorder();
        Subscription subscription = fixture.subscribe(recorder, 1);
        fixture.put(0, 1);
        subscription.ack(recorder.next().ordinal());
        program.channel.queueDelete(Q.value());
        fixture.put(1, 2);
        Recorder.Item item = recorder.next();
        assertThat(item.text()).isEqualTo("1");
        subscription.ack(item.ordinal());
        fixture.queues.removeProducer(Q, "somebody");
        recorder.awaitDrained();
    }

    @Test
    void a_queue_moves_only_when_it_is_empty() {
        QueueName moving = new QueueName("moving");
        fixture.queues.put(moving, BrokerFixture.numbers(0, 1)).join();
        assertThatThrownBy(
                        () -> fixture.queues.configure(moving, BrokerFixture.config(Backend.AMQP)))
                .isInstanceOf(BackendConflict.class)
                .hasMessageContaining("is sql and has 1 items");
        fixture.queues.purge(moving);
        fixture.queues.configure(moving, BrokerFixture.config(Backend.AMQP));
        fixture.queues.put(moving, BrokerFixture.numbers(0, 1)).join();
        assertThatThrownBy(
                        () -> fixture.queues.configure(moving, BrokerFixture.config(Backend.SQL)))
                .isInstanceOf(BackendConflict.class);
        fixture.restart();
        assertThat(fixture.queues.backend(moving)).isEqualTo(Backend.AMQP);
        Awaitility.await()
                .until(() -> fixture.queues.stats(moving).orElseThrow().ready() == 1);
    }

    @Test
    void without_a_broker_its_queues_wait_and_no_other_moves_there() {
        fixture.put(0, 1);
        fixture.restartWithoutBroker();
        assertThatThrownBy(() -> fixture.put(1, 2)).hasCauseInstanceOf(BrokerUnavailable.class);
        assertThat(fixture.stats().trouble())
                .hasValueSatisfying(why -> assertThat(why).contains("--amqp"));
        QueueName other = new QueueName("other");
        assertThatThrownBy(
                        () -> fixture.queues.configure(other, BrokerFixture.config(Backend.AMQP)))
                .isInstanceOf(InvalidField.class);
        fixture.restart();
        Awaitility.await().until(() -> fixture.stats().ready() == 1);
    }
}
