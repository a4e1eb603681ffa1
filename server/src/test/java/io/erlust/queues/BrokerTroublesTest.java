package io.erlust.queues;

import static io.erlust.queues.BrokerFixture.Q;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.GetResponse;

import io.erlust.amqp.AmqpBroker;
import io.erlust.amqp.AmqpConfig;
import io.erlust.amqp.QueueType;
import io.erlust.amqp.RabbitServer;
import io.erlust.queues.BrokerFixture.Program;
import io.erlust.time.MonotonicClock;
import io.erlust.time.Patience;
import io.erlust.time.WallClock;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/** Queues that other programs have made, and what other programs do with items. */
final class BrokerTroublesTest {
    private String uri = "";
    private Program program;
    private BrokerFixture fixture;

    @BeforeEach
    void open() throws Exception {
        uri = RabbitServer.shared().newVhost();
        program = new Program(uri);
        fixture = new BrokerFixture(uri, Duration.ofMillis(300), Duration.ofSeconds(30));
    }

    @AfterEach
    void close() {
        fixture.close();
        program.close();
    }

    @Test
    void a_queue_that_is_full_there_refuses_its_own_puts_only() throws Exception {
        program.channel.queueDeclare(
                "full",
                true,
                false,
                false,
                Map.of("x-max-length", 1, "x-overflow", "reject-publish"));
        QueueName full = new QueueName("full");
        fixture.queues.configure(full, BrokerFixture.config(Backend.AMQP));
        CompletableFuture<?> refused = fixture.queues.put(full, BrokerFixture.numbers(0, 9));
        CompletableFuture<?> others = fixture.queues.put(Q, BrokerFixture.numbers(0, 100));
        assertThatThrownBy(refused::join)
                .hasCauseInstanceOf(BrokerUnavailable.class)
                .hasMessageContaining("refused to store");
        others.join();
        assertThat(program.channel.messageCount(Q.value())).isEqualTo(100);
    }

    @Test
    void what_a_queue_refuses_for_a_moment_keeps_its_order() throws Exception {
        program.channel.queueDeclare(
                "narrow",
                true,
                false,
                false,
                Map.of("x-max-length", 1, "x-overflow", "reject-publish"));
        QueueName narrow = new QueueName("narrow");
        fixture.queues.configure(narrow, BrokerFixture.config(Backend.AMQP));
        CompletableFuture<?> put = fixture.queues.put(narrow, BrokerFixture.numbers(0, 5));
        List<String> seen = new ArrayList<>();
        while (seen.size() < 5) {
            GetResponse message = program.channel.basicGet(narrow.value(), true);
            if (message != null) {
                seen.add(new String(message.getBody(), StandardCharsets.UTF_8));
            }
        }
        put.join();
        assertThat(seen).containsExactly("0", "1", "2", "3", "4");
    }

    @Test
    void a_queue_is_in_the_broker_when_it_is_configured() throws Exception {
        QueueName fresh = new QueueName("fresh");
        fixture.queues.configure(fresh, BrokerFixture.config(Backend.AMQP));
        program.channel.queueDeclarePassive(fresh.value());
        program.channel.queueDelete(fresh.value());
        fixture.queues.configure(fresh, BrokerFixture.config(Backend.AMQP));
        program.channel.queueDeclarePassive(fresh.value());
        QueueName other = new QueueName("other");
        fixture.queues.createOnBroker(other);
        program.channel.queueDeclarePassive(other.value());
    }

    @Test
    void a_queue_that_the_broker_does_not_let_be_made_is_none_here_either() {
        QueueName reserved = new QueueName("amq.work");
        assertThatThrownBy(() ->
                        fixture.queues.configure(reserved, BrokerFixture.config(Backend.AMQP)))
                .isInstanceOf(BrokerRefused.class)
                .hasMessageContaining("amq.work");
        assertThat(fixture.queues.stats(reserved)).isEmpty();
        assertThatThrownBy(() -> fixture.queues.createOnBroker(new QueueName("erlust.jobs")))
                .isInstanceOf(BrokerRefused.class);
    }

    @ParameterizedTest
    @EnumSource(QueueType.class)
    void a_queue_that_keeps_nothing_or_is_a_stream_is_refused(QueueType type) throws Exception {
        program.channel.queueDeclare("passing", false, false, false, Map.of());
        program.channel.queueDeclare("log", true, false, false, Map.of("x-queue-type", "stream"));
        program.channel.queueDeclare("vanishing", true, false, true, Map.of());
        program.channel.queueDeclare("classic", true, false, false, Map.of());
        program.channel.queueDeclare("short", true, false, false, Map.of("x-max-length", 9));
        Map<String, Object> quorum = Map.of("x-queue-type", "quorum");
        program.channel.queueDeclare("quorum", true, false, false, quorum);
        AmqpConfig any = AmqpConfig.of(URI.create(uri));
        AmqpConfig config = new AmqpConfig(any.uri(), type, any.tls(), any.putTimeout());
        try (AmqpBroker broker =
                AmqpBroker.open(config, WallClock.system(), MonotonicClock.system())) {
            for (String name : List.of("passing", "log", "vanishing")) {
                assertThatThrownBy(() -> broker.make(new QueueName(name)))
                        .isInstanceOf(BrokerRefused.class)
                        .hasMessageContaining("current is");
            }
            for (String name : List.of("classic", "short", "quorum")) {
                broker.make(new QueueName(name));
            }
        }
    }

    @Test
    void an_item_that_a_program_copies_to_another_queue_is_another_item() throws Exception {
        QueueName copies = new QueueName("copies");
        fixture.queues.configure(copies, BrokerFixture.config(Backend.AMQP));
        fixture.put(0, 1);
        GetResponse message = Objects.requireNonNull(program.get());
        BasicProperties as = message.getProps();
        fixture.queues.put(copies, BrokerFixture.numbers(1, 2)).join();
        program.channel.basicPublish("", copies.value(), as, message.getBody());
        program.channel.basicPublish("", Q.value(), as, message.getBody());
        program.channel.waitForConfirmsOrDie(Patience.LONG.toMillis());
        fail(Q, 1);
        fail(copies, 2);
        Awaitility.await().until(() -> retried(Q) == 1);
        Awaitility.await().until(() -> retried(copies) == 2);
    }

    /** Each is to be retried after an hour. */
    private void fail(QueueName queue, int items) throws Exception {
        fixture.queues.configure(
                queue, new QueueConfig(Backend.AMQP, 100, 1 << 20, 9, Duration.ofHours(1)));
        fixture.queues.addProducer(queue, "somebody");
        Recorder recorder = new Recorder();
        Subscription subscription = fixture.queues.subscribe(queue, recorder, "test", 1);
        for (int i = 0; i < items; i++) {
            subscription.fail(recorder.next().ordinal(), BrokerFixture.ERROR);
        }
    }

    private long retried(QueueName queue) {
        return fixture.queues.stats(queue).orElseThrow().retrying();
    }
}
