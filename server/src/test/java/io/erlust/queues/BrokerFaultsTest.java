package io.erlust.queues;

import static io.erlust.queues.BrokerFixture.Q;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erlust.amqp.RabbitServer;
import io.erlust.json.Lines;
import io.erlust.time.Patience;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** What becomes of items when the broker is hurt; larger in {@code fault/}. */
final class BrokerFaultsTest {
    private static RabbitServer rabbit;
    private BrokerFixture fixture;

    @BeforeAll
    static void start() {
        rabbit = RabbitServer.own();
    }

    @AfterAll
    static void stop() {
        rabbit.close();
    }

    @BeforeEach
    void open() {
        open(Duration.ofMinutes(1));
    }

    private void open(Duration putTimeout) {
        fixture = new BrokerFixture(rabbit.newVhost(), Duration.ofSeconds(30), putTimeout);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void items_put_here_survive_the_broker_and_are_handed_out_once() throws Exception {
        fixture.queues.addProducer(Q, "somebody");
        fixture.put(0, 500);
        rabbit.syncQueues();
        Recorder recorder = new Recorder();
        Subscription subscription = fixture.subscribe(recorder, 50);
        List<String> seen = new ArrayList<>();
        List<Recorder.Item> inHand = new ArrayList<>();
        take(recorder, subscription, 100, seen);
        for (int i = 0; i < 3; i++) {
            inHand.add(recorder.next());
        }
        rabbit.kill9();
        CompletableFuture<?> meanwhile = fixture.queues.put(Q, BrokerFixture.numbers(500, 600));
        rabbit.start();
        meanwhile.get(Patience.SECONDS, TimeUnit.SECONDS);
        for (Recorder.Item item : inHand) {
            seen.add(item.text());
            subscription.ack(item.ordinal());
        }
        take(recorder, subscription, 497, seen);
        fixture.queues.removeProducer(Q, "somebody");
        recorder.awaitDrained();
        assertThat(seen).hasSize(600).doesNotHaveDuplicates();
        assertThat(fixture.stats()).returns(0L, QueueStats::ready).returns(0L, QueueStats::inHand);
    }

    private static void take(
            Recorder recorder, Subscription subscription, int count, List<String> seen)
            throws InterruptedException {
        for (int i = 0; i < count; i++) {
            Recorder.Item item = recorder.next();
            seen.add(item.text());
            subscription.ack(item.ordinal());
        }
    }

    @Test
    void while_the_broker_has_an_alarm_puts_wait_and_items_are_still_acknowledged()
            throws Exception {
        fixture.queues.addProducer(Q, "somebody");
        fixture.put(0, 10);
        Recorder recorder = new Recorder();
        Subscription subscription = fixture.subscribe(recorder, 1);
        rabbit.alarm(true);
        CompletableFuture<?> waiting = fixture.queues.put(Q, BrokerFixture.numbers(10, 11));
        Awaitility.await().until(() -> fixture.stats().trouble().isPresent());
        List<String> seen = new ArrayList<>();
        take(recorder, subscription, 10, seen);
        Awaitility.await().until(() -> fixture.stats().inHand() == 0);
        assertThat(waiting).isNotDone();
        rabbit.alarm(false);
        waiting.get(Patience.SECONDS, TimeUnit.SECONDS);
        take(recorder, subscription, 1, seen);
        assertThat(seen).hasSize(11).doesNotHaveDuplicates();
    }

    @Test
    void a_put_that_the_broker_does_not_confirm_in_time_fails() {
        fixture.close();
        open(Duration.ofSeconds(1));
        fixture.put(0, 1);
        rabbit.syncQueues();
        rabbit.kill9();
        CompletableFuture<?> late = fixture.queues.put(Q, BrokerFixture.numbers(1, 2));
        assertThat(late)
                .failsWithin(Patience.LONG)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(BrokerUnavailable.class);
        rabbit.start();
        Awaitility.await().ignoreExceptions().until(() -> {
            fixture.put(2, 3);
            return true;
        });
    }

    /** The broker then ends the channel, whatever else is on its way there. */
    @Test
    void a_message_that_is_too_long_for_the_broker_keeps_no_other_from_it() throws Exception {
        rabbit.evaluate("application:set_env(rabbit, max_message_size, 100000)");
        fixture.close();
        open(Duration.ofMinutes(5));
        List<CompletableFuture<?>> others = new ArrayList<>();
        byte[] text = new byte[200_000];
        Arrays.fill(text, (byte) '1');
        for (int i = 0; i < 10; i++) {
            others.add(fixture.queues.put(Q, BrokerFixture.numbers(i, i + 1)));
        }
        CompletableFuture<?> tooLong = fixture.queues.put(Q, Lines.of(text));
        for (int i = 10; i < 20; i++) {
            others.add(fixture.queues.put(Q, BrokerFixture.numbers(i, i + 1)));
        }
        for (CompletableFuture<?> other : others) {
            other.get(Patience.SECONDS, TimeUnit.SECONDS);
        }
        assertThatThrownBy(tooLong::join).hasCauseInstanceOf(BrokerRefused.class);
        rabbit.evaluate("application:unset_env(rabbit, max_message_size)"); // for other tests
    }

    @Test
    void what_one_client_has_for_long_keeps_nothing_from_another() {
        fixture.put(0, 20);
        Duration lease = Duration.ofMinutes(10);
        int taken = 0;
        while (taken < 20) {
            List<Received> items =
                    fixture.queues.receive(Q, 1, Patience.LONG, lease).items();
            assertThat(items).as("after %d items", taken).isNotEmpty();
            taken += items.size();
        }
    }

    @Test
    void while_the_broker_has_an_alarm_no_more_than_so_much_waits_for_it() {
        rabbit.alarm(true);
        byte[] text = new byte[1 << 20];
        Arrays.fill(text, (byte) '1');
        List<CompletableFuture<?>> puts = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            puts.add(fixture.queues.put(Q, Lines.of(text)));
        }
        CompletableFuture<?> last = puts.removeLast();
        assertThat(last)
                .failsWithin(0, TimeUnit.SECONDS)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(BrokerUnavailable.class);
        assertThat(puts).noneMatch(CompletableFuture::isDone);
        rabbit.alarm(false);
        CompletableFuture.allOf(puts.toArray(CompletableFuture<?>[]::new)).join();
        fixture.put(0, 1);
    }

    @Test
    void a_queue_is_neither_moved_nor_made_while_the_broker_is_away() {
        QueueName fresh = new QueueName("fresh");
        QueueConfig there = BrokerFixture.config(Backend.AMQP);
        fixture.put(0, 1);
        rabbit.syncQueues();
        rabbit.kill9();
        fixture.restart();
        assertThatThrownBy(() -> fixture.queues.configure(Q, BrokerFixture.config(Backend.SQL)))
                .isInstanceOf(BrokerUnavailable.class);
        assertThatThrownBy(() -> fixture.queues.configure(fresh, there))
                .isInstanceOf(BrokerUnavailable.class);
        assertThat(fixture.queues.stats(fresh)).isEmpty();
        rabbit.start();
        BrokerFixture.configure(fixture.queues, fresh, there);
        Awaitility.await().until(() -> fixture.stats().ready() == 1);
    }

    /** Its channel in the broker stops in the middle of what it does: no error, no end. */
    @Test
    void a_consumer_that_is_deaf_is_found_and_replaced() throws Exception {
        fixture.queues.addProducer(Q, "somebody");
        fixture.put(0, 1);
        Recorder recorder = new Recorder();
        Subscription subscription = fixture.subscribe(recorder, 1);
        List<String> seen = new ArrayList<>();
        take(recorder, subscription, 1, seen);
        // a channel that is just ending answers nothing
        rabbit.evaluate("[sys:suspend(Channel) || Channel <- rabbit_channel:list_local(),"
                + " [{consumer_count, 1}] =:="
                + " (catch rabbit_channel:info(Channel, [consumer_count]))]");
        CompletableFuture<?> put = fixture.queues.put(Q, BrokerFixture.numbers(1, 3));
        put.get(Patience.SECONDS, TimeUnit.SECONDS);
        take(recorder, subscription, 2, seen);
        assertThat(seen).containsExactly("0", "1", "2");
    }
}
