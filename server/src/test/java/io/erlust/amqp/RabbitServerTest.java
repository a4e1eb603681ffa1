package io.erlust.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MessageProperties;

import io.erlust.time.Patience;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.ConnectException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The broker that other tests rely on does what its methods say. */
final class RabbitServerTest {
    private static final byte[] ITEM = {'7'};
    private static final long SECONDS = Patience.SECONDS;

    private static final RabbitServer SERVER = RabbitServer.own();

    @AfterAll
    static void end_the_server() {
        SERVER.close();
    }

    @Test
    void what_was_confirmed_survives_kill_9() throws Exception {
        List<String> types = List.of("classic", "quorum");
        String uri = SERVER.newVhost();
        Connection cut = connect(uri);
        Channel publisher = cut.createChannel();
        for (String type : types) {
            declare(publisher, type);
            publish(publisher, type);
        }
        publisher.waitForConfirmsOrDie(TimeUnit.SECONDS.toMillis(SECONDS));
        SERVER.syncQueues();
        SERVER.kill9();
        cut.abort();
        assertThatThrownBy(() -> connect(uri)).isInstanceOf(ConnectException.class);
        SERVER.start();
        try (Connection connection = connect(uri);
                Channel channel = connection.createChannel()) {
            for (String type : types) {
                assertThat(firstOf(channel, type)).isEqualTo(ITEM);
            }
        }
    }

    @Test
    void a_memory_alarm_holds_publishers_until_it_is_over() throws Exception {
        try (Connection connection = connect(SERVER.newVhost());
                Channel channel = connection.createChannel()) {
            CompletableFuture<String> blocked = new CompletableFuture<>();
            CompletableFuture<Void> unblocked = new CompletableFuture<>();
            connection.addBlockedListener(blocked::complete, () -> unblocked.complete(null));
            declare(channel, "classic");
            SERVER.alarm(true);
            publish(channel, "classic");
            assertThat(blocked.get(SECONDS, TimeUnit.SECONDS)).contains("memory");
            SERVER.alarm(false);
            unblocked.get(SECONDS, TimeUnit.SECONDS);
            channel.waitForConfirmsOrDie(TimeUnit.SECONDS.toMillis(SECONDS));
        }
    }

    @Test
    void virtual_hosts_know_nothing_of_each_other() throws Exception {
        try (Connection one = connect(SERVER.newVhost());
                Connection other = connect(SERVER.newVhost())) {
            declare(one.createChannel(), "classic");
            Channel channel = other.createChannel();
            assertThatThrownBy(() -> channel.queueDeclarePassive("classic"))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void what_the_broker_can_not_evaluate_is_told() {
        assertThat(SERVER.evaluate("1 + 1")).isEqualTo("2");
        assertThatThrownBy(() -> SERVER.evaluate("exit(no)")).hasMessageContaining("exit(no)");
    }

    /** A count would not do: until a quorum queue has its leader, the broker says 0. */
    private static byte[] firstOf(Channel channel, String queue) throws Exception {
        CompletableFuture<byte[]> got = new CompletableFuture<>();
        channel.basicConsume(
                queue, true, (tag, message) -> got.complete(message.getBody()), tag -> {});
        return got.get(SECONDS, TimeUnit.SECONDS);
    }

    private static void declare(Channel channel, String type) throws IOException {
        channel.queueDeclare(type, true, false, false, Map.of("x-queue-type", type));
    }

    private static void publish(Channel channel, String queue) throws IOException {
        channel.confirmSelect();
        channel.basicPublish("", queue, true, MessageProperties.PERSISTENT_BASIC, ITEM);
    }

    private static Connection connect(String uri) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(uri);
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }
}
