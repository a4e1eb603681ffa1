package io.erlust.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.json.Lines;
import io.erlust.queues.BrokerQueue;
import io.erlust.queues.QueueName;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** What one queue, or one message, may do to the others on their way to a real broker. */
class PublisherTest {
    private static final Duration TOO_LATE = Duration.ofSeconds(30);
    private static final RabbitServer rabbit = RabbitServer.shared();

    private final String uri = rabbit.newVhost();
    private final String vhost = uri.substring(uri.lastIndexOf('/') + 1);
    private final AmqpBroker broker = AmqpBroker.open(
            AmqpConfig.of(URI.create(uri)), WallClock.system(), MonotonicClock.system());

    @AfterEach
    void close() {
        broker.close();
    }

    private static final class Nobody implements BrokerQueue.Receiver {
        @Override
        public void received(long session, List<BrokerQueue.Message> messages) {}

        @Override
        public void lost(long session, int unseen) {}
    }

    private BrokerQueue queue(String name) {
        return broker.open(new QueueName(name), new Nobody());
    }

    private static Lines items(int count) {
        return Lines.of(IntStream.range(0, count)
                .mapToObj(i -> Integer.toString(i).getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new));
    }

    private void permit(String configure, String write) {
        rabbit.evaluate("rabbit_auth_backend_internal:set_permissions(<<\"guest\">>, <<\"" + vhost
                + "\">>, <<\"" + configure + "\">>, <<\"" + write
                + "\">>, <<\".*\">>, <<\"tests\">>)");
    }

    @ParameterizedTest
    @EnumSource(names = {"QUORUM", "CLASSIC"})
    void a_queue_that_takes_nothing_keeps_no_other_waiting(QueueType type) {
        AmqpConfig config = AmqpConfig.of(URI.create(uri));
        MonotonicClock clock = MonotonicClock.system();
        Link link = new Link("publisher", config, clock);
        Publisher publisher = new Publisher(
                link, new Declarations(type), TOO_LATE, Duration.ofMillis(500), clock);
        link.add(publisher);
        publisher.start();
        link.start();
        await(publisher, publisher.publish(items("dead", 1)));
        String process = type == QueueType.QUORUM
                ? "'" + vhost + "_dead'"
                : "amqqueue:get_pid(element(2, rabbit_amqqueue:lookup({resource, <<\"" + vhost
                        + "\">>, queue, <<\"dead\">>})))";
        rabbit.evaluate("sys:suspend(" + process + ")");
        CompletableFuture<?> never = publisher.publish(items("dead", 10_000));
        await(publisher, publisher.publish(items("other", 1)));
        assertThat(never).isNotDone();
        rabbit.evaluate("sys:resume(" + process + ")");
        await(publisher, never);
        publisher.close();
        link.close();
    }

    private static Publishing items(String queue, int count) {
        return new Messages(WallClock.system()).persistent(new QueueName(queue), items(count));
    }

    private static void await(Publisher publisher, CompletableFuture<?> done) {
        Awaitility.await().atMost(TOO_LATE).until(() -> {
            publisher.expire();
            return done.isDone();
        });
        assertThat(done).isCompleted();
    }

    @Test
    void an_exchange_that_is_gone_and_can_t_be_made_keeps_no_item_waiting() throws Exception {
        BrokerQueue other = queue("other");
        assertThat(other.put(items(1))).succeedsWithin(TOO_LATE);
        permit("^other$", ".*");
        rabbit.evaluate("rabbit_exchange:delete({resource, <<\"" + vhost
                + "\">>, exchange, <<\"erlust.events\">>}, false, <<\"tests\">>)");
        CompletableFuture<?> event = broker.events()
                .publish(List.of(
                        new EventExchange.Message("any", "1", "any", "text/plain", new byte[0])));
        assertThat(other.put(items(1))).succeedsWithin(TOO_LATE);
        assertThat(event).failsWithin(TOO_LATE);
        assertThat(other.put(items(1))).succeedsWithin(TOO_LATE);
        assertThat(other.trouble()).isEmpty();
    }
}
