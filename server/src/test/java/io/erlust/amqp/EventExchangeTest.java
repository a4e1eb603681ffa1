package io.erlust.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;

import io.erlust.queues.BrokerUnavailable;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Events on a real broker. */
class EventExchangeTest {
    private static final int TOO_LATE_S = 60;
    private static final int BATCHES = 40;
    private static final int EACH = 20;

    private static AmqpBroker open(String uri) {
        return AmqpBroker.open(
                AmqpConfig.of(URI.create(uri)), WallClock.system(), MonotonicClock.system());
    }

    private static Connection connect(String uri) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(uri);
        return factory.newConnection();
    }

    /** A queue that hears all. */
    private static void bind(String uri) throws Exception {
        try (Connection connection = connect(uri)) {
            Channel channel = connection.createChannel();
            channel.exchangeDeclare(EventExchange.NAME, "topic", true);
            channel.queueDeclare("heard", true, false, false, null);
            channel.queueBind("heard", EventExchange.NAME, "job.#");
        }
    }

    private static List<String> heard(String uri) throws Exception {
        List<String> heard = new ArrayList<>();
        try (Connection connection = connect(uri)) {
            Channel channel = connection.createChannel();
            for (GetResponse got = channel.basicGet("heard", true);
                    got != null;
                    got = channel.basicGet("heard", true)) {
                heard.add(new String(got.getBody(), UTF_8));
            }
        }
        return heard;
    }

    private static EventExchange.Message message(String text) {
        return new EventExchange.Message(
                "job.results.a",
                text,
                "job.results",
                "application/cloudevents+json",
                text.getBytes(UTF_8));
    }

    private static CompletableFuture<@Nullable Void> publish(AmqpBroker broker, String... texts) {
        List<EventExchange.Message> batch = new ArrayList<>();
        for (String text : texts) {
            batch.add(message(text));
        }
        return broker.events().publish(batch);
    }

    @Test
    void over_deaths_and_alarms_of_the_broker_nothing_is_lost_and_all_is_in_order()
            throws Exception {
        try (RabbitServer rabbit = RabbitServer.own()) {
            String uri = rabbit.uri();
            bind(uri);
            rabbit.evaluate("mnesia:sync_log()"); // killed before it has lost what was declared
            AmqpBroker broker = open(uri);
            Set<String> sent = new LinkedHashSet<>();
            for (int i = 0; i < BATCHES; i++) {
                String[] batch = new String[EACH];
                for (int j = 0; j < EACH; j++) {
                    batch[j] = i + "." + j;
                    sent.add(batch[j]);
                }
                boolean hasAlarm = i % 20 == 15;
                if (hasAlarm) {
                    rabbit.alarm(true);
                }
                CompletableFuture<@Nullable Void> done = publish(broker, batch);
                if (hasAlarm) {
                    rabbit.alarm(false);
                }
                if (i % 20 == 10) {
                    rabbit.kill9();
                    rabbit.start();
                }
                done.get(TOO_LATE_S, TimeUnit.SECONDS);
            }
            broker.close();
            assertThat(new ArrayList<>(new LinkedHashSet<>(heard(uri))))
                    .isEqualTo(new ArrayList<>(sent));
        }
    }

    /** As somebody may do by mistake. */
    @Test
    void an_exchange_that_is_deleted_is_made_again() throws Exception {
        String uri = RabbitServer.shared().newVhost();
        AmqpBroker broker = open(uri);
        publish(broker, "one").get(TOO_LATE_S, TimeUnit.SECONDS);
        try (Connection connection = connect(uri)) {
            connection.createChannel().exchangeDelete(EventExchange.NAME);
        }
        publish(broker, "two").get(TOO_LATE_S, TimeUnit.SECONDS);
        bind(uri);
        publish(broker, "three").get(TOO_LATE_S, TimeUnit.SECONDS);
        assertThat(heard(uri)).containsExactly("three");
        broker.close();
    }

    @Test
    void where_it_can_t_be_made_events_fail_at_once() throws Exception {
        String uri = RabbitServer.shared().newVhost();
        String vhost = uri.substring(uri.lastIndexOf('/') + 1);
        RabbitServer.shared()
                .evaluate("rabbit_auth_backend_internal:set_permissions(<<\"guest\">>, <<\"" + vhost
                        + "\">>, <<\"^items$\">>, <<\".*\">>, <<\".*\">>, <<\"tests\">>)");
        AmqpBroker broker = open(uri);
        Awaitility.await()
                .atMost(Duration.ofSeconds(TOO_LATE_S))
                .until(() -> publish(broker, "one").isCompletedExceptionally());
        assertThatThrownBy(() -> publish(broker, "one").get(1, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(BrokerUnavailable.class)
                .hasMessageContaining("exchange erlust.events can't be made");
        broker.close();
    }
}
