package io.erlust.queues;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erlust.json.Lines;
import io.erlust.store.Database;
import io.erlust.time.MonotonicClock;
import io.erlust.time.Patience;
import io.erlust.time.WallClock;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;

/** What a queue promises, wherever it lives. */
@ParameterizedClass
@EnumSource(TestQueues.class)
class QueuesContractTest {
    private static final QueueName Q = new QueueName("work");
    private static final String ERROR = "{\"message\":\"broken\"}";

    private final TestQueues.Place place;
    private final Backend backend;
    private final QueueConfig quick;
    private Database database;
    private Queues queues;

    QueuesContractTest(TestQueues kind) {
        place = kind.create();
        backend = kind.backend;
        quick = config(1_000_000, 1 << 30, 3);
    }

    private QueueConfig config(long itemsMax, long bytesMax, int maxAttempts) {
        return new QueueConfig(backend, itemsMax, bytesMax, maxAttempts, Duration.ZERO);
    }

    @BeforeEach
    void open() {
        database = Database.open(place.database());
        queues = Queues.open(database, WallClock.system(), MonotonicClock.system(), place.open());
        BrokerFixture.configure(queues, Q, config(10_000_000, 10L << 30, 5));
    }

    @AfterEach
    void close() {
        queues.close();
        database.close();
    }

    /** As after a server's death: nothing is handed back, memory is gone. */
    private void restart() {
        close();
        open();
    }

    private static Lines numbers(int from, int to) {
        return Lines.of(IntStream.range(from, to)
                .mapToObj(i -> Integer.toString(i).getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new));
    }

    private static List<String> texts(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).toList();
    }

    private Subscription subscribe(Recorder recorder, int window) {
        return queues.subscribe(Q, recorder, "test", window);
    }

    private QueueStats stats() {
        return queues.stats(Q).orElseThrow();
    }

    @Test
    void items_come_in_the_order_of_their_puts_and_then_drained() throws Exception {
        queues.put(Q, numbers(0, 5)).join();
        queues.put(Q, numbers(5, 2000)).join();
        Recorder recorder = new Recorder();
        List<Recorder.Item> all = recorder.drain(subscribe(recorder, 100));
        assertThat(all).extracting(Recorder.Item::text).isEqualTo(texts(0, 2000));
        assertThat(all).extracting(Recorder.Item::attempt).containsOnly(1);
        assertThat(all).extracting(Recorder.Item::id).doesNotHaveDuplicates();
        assertThat(stats())
                .returns(0L, QueueStats::ready)
                .returns(0L, QueueStats::inHand)
                .returns(0L, QueueStats::bytes);
    }

    @Test
    void a_backlog_larger_than_the_look_ahead_is_read_back_completely() throws Exception {
        for (int i = 0; i < 20; i++) {
            queues.put(Q, wide(i * 3000, i * 3000 + 3000)).join();
        }
        Recorder recorder = new Recorder();
        List<Recorder.Item> all = recorder.drain(subscribe(recorder, 500));
        assertThat(all).hasSize(60_000).extracting(Recorder.Item::text).doesNotHaveDuplicates();
    }

    private static Lines wide(int from, int to) {
        String filler = "x".repeat(150);
        return Lines.of(IntStream.range(from, to)
                .mapToObj(i -> ("\"" + i + filler + "\"").getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new));
    }

    @Test
    void a_waiting_consumer_gets_what_is_put_later() throws Exception {
        queues.addProducer(Q, "somebody");
        Recorder recorder = new Recorder();
        Subscription subscription = subscribe(recorder, 10);
        queues.put(Q, numbers(0, 1)).join();
        Recorder.Item item = recorder.next();
        assertThat(item.text()).isEqualTo("0");
        subscription.ack(item.ordinal());
        queues.removeProducer(Q, "somebody");
        recorder.awaitDrained();
    }

    @Test
    void it_is_not_drained_while_an_item_is_in_another_consumers_hand() throws Exception {
        queues.put(Q, numbers(0, 1)).join();
        Recorder holder = new Recorder();
        Subscription holding = subscribe(holder, 1);
        Recorder.Item held = holder.next();
        Recorder waiter = new Recorder();
        Subscription waiting = subscribe(waiter, 1);
        assertThat(waiter.isIdle()).isTrue();
        holding.end(OptionalLong.empty(), ERROR);
        Recorder.Item again = waiter.next();
        assertThat(again.id()).isEqualTo(held.id());
        waiting.ack(again.ordinal());
        waiter.awaitDrained();
    }

    @Test
    void a_producer_that_waits_for_an_item_of_the_same_queue_does_not_hold_up_drained()
            throws Exception {
        queues.addProducer(Q, "test");
        queues.put(Q, numbers(0, 3)).join();
        Recorder recorder = new Recorder();
        assertThat(recorder.drain(subscribe(recorder, 1))).hasSize(3);
    }

    @Test
    void a_producer_that_works_for_another_queue_meanwhile_holds_up_drained() throws Exception {
        queues.addProducer(Q, "another");
        queues.addProducer(Q, "both");
        Subscription elsewhere = queues.subscribe(Q, new Recorder(), "both", 1);
        elsewhere.asks(false);
        queues.removeProducer(Q, "another");
        Recorder waiter = new Recorder();
        Subscription waiting = subscribe(waiter, 1);
        assertThat(waiter.isIdle()).isTrue();
        elsewhere.asks(true);
        waiter.awaitDrained();
        assertThat(waiting.unacked()).isZero();
    }

    @Test
    void a_receipt_is_good_for_its_own_queue_only() {
        queues.put(Q, numbers(0, 1)).join();
        QueueName other = new QueueName("other");
        queues.create(other);
        String receipt = queues.receive(Q, 1, Duration.ZERO, Duration.ofMinutes(1))
                .items()
                .getFirst()
                .receipt();
        assertThat(queues.ack(other, receipt)).isFalse();
        assertThat(queues.ack(Q, receipt)).isTrue();
    }

    @Test
    void a_look_for_retries_that_finds_none_left_is_not_the_last() throws Exception {
        queues.configure(Q, quick);
        Queue queue = queues.queue(Q);
        synchronized (queue) {
            queue.due.in(0); // its item was found by an earlier look
        }
        queue.shared.timer().submit(() -> {}).get();
        queues.put(Q, numbers(0, 1)).join();
        Recorder recorder = new Recorder();
        Subscription subscription = subscribe(recorder, 1);
        subscription.fail(recorder.next().ordinal(), ERROR);
        subscription.ack(recorder.next().ordinal());
        recorder.awaitDrained();
    }

    @Test
    void only_the_item_in_hand_is_charged_and_the_others_come_back_free() throws Exception {
        queues.configure(Q, quick);
        queues.put(Q, numbers(0, 6)).join();
        Recorder first = new Recorder();
        Subscription dying = subscribe(first, 6);
        growWindow(first, dying); // acknowledges 0, now holds 1 and 2
        Recorder.Item charged = first.next();
        dying.end(OptionalLong.of(charged.ordinal()), ERROR);
        Recorder second = new Recorder();
        List<Recorder.Item> rest = second.drain(subscribe(second, 6));
        assertThat(rest)
                .extracting(Recorder.Item::text)
                .containsExactlyInAnyOrder("1", "2", "3", "4", "5");
        assertThat(rest)
                .filteredOn(item -> item.text().equals(charged.text()))
                .extracting(Recorder.Item::attempt)
                .containsExactly(2);
        assertThat(rest)
                .filteredOn(item -> !item.text().equals(charged.text()))
                .extracting(Recorder.Item::attempt)
                .containsOnly(1);
    }

    @Test
    void what_was_in_the_hand_of_a_consumer_that_is_not_charged_comes_back_marked()
            throws Exception {
        queues.put(Q, numbers(0, 6)).join();
        Recorder first = new Recorder();
        Subscription stopped = subscribe(first, 6);
        growWindow(first, stopped); // acknowledges 0, now holds 1 and 2
        stopped.end(OptionalLong.of(first.next().ordinal()), null);
        Recorder second = new Recorder();
        List<Recorder.Item> rest = second.drain(subscribe(second, 6));
        assertThat(rest).extracting(Recorder.Item::text).containsExactly("1", "2", "3", "4", "5");
        assertThat(rest).extracting(Recorder.Item::attempt).containsExactly(2, 1, 1, 1, 1);
    }

    @Test
    void an_error_nested_as_deep_as_json_may_be_is_charged_like_any_other() throws Exception {
        queues.configure(Q, quick);
        queues.put(Q, numbers(0, 1)).join();
        Recorder recorder = new Recorder();
        Subscription subscription = subscribe(recorder, 1);
        for (int i = 0; i < 3; i++) {
            subscription.fail(recorder.next().ordinal(), "[".repeat(200) + "]".repeat(200));
        }
        recorder.awaitDrained();
        assertThat(queues.stats(Q).orElseThrow().dead()).isEqualTo(1);
    }

    @Test
    void large_items_that_are_due_at_once_are_read_a_few_at_a_time() throws Exception {
        queues.configure(Q, config(1_000_000, 1 << 30, 1000));
        String large = '"' + "x".repeat(900_000) + '"';
        byte[] line = large.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 20; i++) {
            queues.put(Q, Lines.of(line)).join();
        }
        Recorder failing = new Recorder();
        Subscription first = subscribe(failing, 1);
        for (int i = 0; i < 20; i++) {
            first.fail(failing.next().ordinal(), ERROR);
        }
        first.end(OptionalLong.empty(), ERROR);
        restart();
        Recorder recorder = new Recorder();
        assertThat(recorder.drain(subscribe(recorder, 1))).hasSize(20);
    }

    private static void growWindow(Recorder recorder, Subscription subscription)
            throws InterruptedException {
        subscription.ack(recorder.next().ordinal());
    }

    @Test
    void an_item_that_fails_too_often_is_dead_with_its_history_and_can_be_retried()
            throws Exception {
        queues.configure(Q, quick);
        queues.put(Q, numbers(7, 8)).join();
        Recorder recorder = new Recorder();
        Subscription subscription = subscribe(recorder, 1);
        String id = "";
        for (int attempt = 1; attempt <= 3; attempt++) {
            Recorder.Item item = recorder.next();
            assertThat(item.attempt()).isEqualTo(attempt);
            id = item.id();
            subscription.fail(item.ordinal(), ERROR);
        }
        recorder.awaitDrained();
        List<DeadItem> dead = queues.dead(Q, Optional.empty(), 10);
        assertThat(dead).singleElement().returns(id, DeadItem::id).returns(3, DeadItem::failures);
        assertThat(dead.getFirst().history()).contains("\"attempt\":1", "\"attempt\":3", "broken");
        assertThat(stats()).returns(1L, QueueStats::dead).returns(2L, QueueStats::bytes);
        restart();
        assertThat(stats()).returns(1L, QueueStats::dead).returns(2L, QueueStats::bytes);
        assertThat(queues.retryDead(Q, List.of(id))).isEqualTo(1);
        Recorder again = new Recorder();
        assertThat(again.drain(subscribe(again, 1)))
                .extracting(Recorder.Item::text)
                .containsExactly("7");
        assertThat(stats()).returns(0L, QueueStats::dead).returns(0L, QueueStats::bytes);
    }

    @Test
    void after_a_restart_only_what_was_not_acknowledged_comes_again_marked() throws Exception {
        queues.put(Q, numbers(0, 100)).join();
        Recorder recorder = new Recorder();
        Subscription subscription = subscribe(recorder, 1);
        for (int i = 0; i < 40; i++) {
            subscription.ack(recorder.next().ordinal());
        }
        recorder.next(); // in hand when the server dies
        restart();
        Awaitility.await().until(() -> stats().ready() == 60); // a broker takes a moment
        Recorder after = new Recorder();
        List<Recorder.Item> rest = after.drain(subscribe(after, 10));
        assertThat(rest)
                .extracting(Recorder.Item::text)
                .containsExactlyInAnyOrderElementsOf(texts(40, 100));
        assertThat(rest.getFirst().attempt()).isEqualTo(2);
    }

    @Test
    void a_step_that_is_rolled_back_acknowledges_nothing() throws Exception {
        queues.put(Q, numbers(0, 1)).join();
        Recorder recorder = new Recorder();
        Subscription subscription = subscribe(recorder, 1);
        Recorder.Item item = recorder.next();
        var ack = subscription.acking(item.ordinal());
        assertThatThrownBy(() -> database.write(new FailingStep(ack)))
                .hasMessage("the step failed");
        assertThat(subscription.unacked()).isEqualTo(1);
        subscription.end(OptionalLong.empty(), ERROR);
        restart();
        Recorder after = new Recorder();
        assertThat(after.drain(subscribe(after, 1))).hasSize(1);
    }

    @Test
    void a_put_past_a_limit_is_refused_and_stores_nothing() {
        queues.configure(Q, config(10, 1000, 3));
        queues.put(Q, numbers(0, 8)).join();
        assertThatThrownBy(() -> queues.put(Q, numbers(0, 3)).join())
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOf(QueueFull.class)
                .hasMessageContaining("items_max is 10");
        queues.put(Q, numbers(0, 2)).join();
        assertThat(stats().ready()).isEqualTo(10);
    }

    @Test
    void a_purge_deletes_what_is_ready_and_nothing_else() throws Exception {
        queues.put(Q, wide(0, 30_000)).join();
        Recorder recorder = new Recorder();
        Subscription subscription = subscribe(recorder, 1);
        Recorder.Item held = recorder.next();
        assertThat(queues.purge(Q)).isEqualTo(29_999);
        assertThat(stats()).returns(0L, QueueStats::ready).returns(1L, QueueStats::inHand);
        subscription.ack(held.ordinal());
        recorder.awaitDrained();
        restart();
        assertThat(stats()).returns(0L, QueueStats::ready).returns(0L, QueueStats::bytes);
    }

    @Test
    void received_items_are_acknowledged_by_receipt_once() {
        queues.put(Q, numbers(0, 3)).join();
        List<Received> items = new ArrayList<>();
        while (items.size() < 3) { // a broker may not deliver all at once
            items.addAll(
                    queues.receive(Q, 10, Patience.LONG, Duration.ofMinutes(1)).items());
        }
        assertThat(queues.ack(Q, items.get(1).receipt())).isTrue();
        assertThat(queues.ack(Q, items.get(1).receipt())).isFalse();
        assertThat(queues.nack(Q, items.get(0).receipt(), "no")).isTrue();
        assertThat(queues.ack(Q, items.get(2).receipt())).isTrue();
        assertThat(queues.ack(Q, "nonsense")).isFalse();
    }

    @Test
    void a_lease_that_ends_charges_its_items_and_gives_them_to_the_next() {
        queues.put(Q, numbers(0, 1)).join();
        queues.receive(Q, 1, Duration.ZERO, Duration.ofMillis(50));
        List<Received> again =
                queues.receive(Q, 1, Patience.LONG, Patience.LONG).items();
        assertThat(again).singleElement().returns(2, Received::attempt);
    }

    @Test
    void producers_survive_a_restart() {
        queues.addProducer(Q, "node:1:1:0");
        queues.addProducer(Q, "node:2:1:0");
        queues.removeProducers("node:2:");
        restart();
        assertThat(queues.producers()).containsExactly("node:1:1:0");
    }
}
