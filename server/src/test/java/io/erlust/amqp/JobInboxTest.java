package io.erlust.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Delivery;

import io.erlust.time.MonotonicClock;
import io.erlust.time.Patience;
import io.erlust.time.WallClock;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Jobs by message, on a real broker, before a desk that only notes them. */
class JobInboxTest {
    private static final int TOO_LATE_S = Patience.SECONDS;

    private final String uri = RabbitServer.shared().newVhost();
    private final List<String> submitted = new CopyOnWriteArrayList<>();
    private final BlockingQueue<Delivery> answers = new LinkedBlockingQueue<>();

    /** So many submissions to come are put off. */
    private final AtomicInteger putOff = new AtomicInteger();

    private final List<Long> putOffAt = new CopyOnWriteArrayList<>();

    private Connection connection;
    private Channel channel;
    private AmqpBroker broker;

    @BeforeEach
    void open() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(uri);
        connection = factory.newConnection();
        channel = connection.createChannel();
        channel.queueDeclare("answers", false, false, false, null);
        channel.basicConsume(
                "answers", true, (_, delivery) -> answers.add(delivery), (String _) -> {});
        broker = serve(AmqpConfig.PUT_TIMEOUT);
    }

    private AmqpBroker serve(Duration timeout) {
        AmqpConfig any = AmqpConfig.of(URI.create(uri));
        // what is in a quorum queue, and who consumes it, a broker of 3.10 tells seconds later
        AmqpConfig config = new AmqpConfig(any.uri(), QueueType.CLASSIC, any.tls(), timeout);
        AmqpBroker opened = AmqpBroker.open(config, WallClock.system(), MonotonicClock.system());
        opened.serveJobs(this::submit);
        Awaitility.await().until(() -> consumers() == 1);
        return opened;
    }

    private JobDesk.Reply submit(byte[] message) {
        String text = new String(message, UTF_8);
        if (putOff.getAndDecrement() > 0) {
            putOffAt.add(System.nanoTime());
            return new JobDesk.Reply(503, "application/problem+json", new byte[0], true);
        }
        submitted.add(text);
        return text.startsWith("bad")
                ? new JobDesk.Reply(422, "application/problem+json", message, false)
                : new JobDesk.Reply(202, "application/json", message, false);
    }

    @AfterEach
    void close() throws Exception {
        broker.close();
        connection.close();
    }

    private void send(String text, @Nullable String replyTo) throws Exception {
        BasicProperties properties = new BasicProperties.Builder()
                .replyTo(replyTo)
                .correlationId("c-" + text.substring(0, Math.min(9, text.length())))
                .build();
        channel.basicPublish("", JobInbox.QUEUE, properties, text.getBytes(UTF_8));
    }

    private Delivery answer() throws InterruptedException {
        Delivery answer = answers.poll(TOO_LATE_S, TimeUnit.SECONDS);
        assertThat(answer).as("an answer").isNotNull();
        return answer;
    }

    private static String text(Delivery delivery) {
        return new String(delivery.getBody(), UTF_8);
    }

    private String queues(String item) {
        return RabbitServer.shared()
                .evaluate("[rabbit_amqqueue:info(Q, [" + item + "]) || Q <-"
                        + " rabbit_amqqueue:list(<<\"" + uri.substring(uri.lastIndexOf('/') + 1)
                        + "\">>), amqqueue:get_name(Q) =:= {resource, <<\""
                        + uri.substring(uri.lastIndexOf('/') + 1) + "\">>, queue, <<\""
                        + JobInbox.QUEUE + "\">>}]");
    }

    private long consumers() {
        return number(queues("consumers"));
    }

    /** Ready or not acknowledged. */
    private long left() {
        return number(queues("messages"));
    }

    private static long number(String text) {
        String digits = text.replaceAll("\\D", "");
        return digits.isEmpty() ? -1 : Long.parseLong(digits);
    }

    private void awaitEmpty() {
        Awaitility.await().until(this::left, n -> n == 0);
    }

    @Test
    void each_is_answered_to_who_asked_and_then_acknowledged() throws Exception {
        send("one", "answers");
        send("bad", "answers");
        Delivery one = answer();
        assertThat(text(one)).isEqualTo("one");
        assertThat(one.getProperties().getContentType()).isEqualTo("application/json");
        assertThat(one.getProperties().getCorrelationId()).isEqualTo("c-one");
        assertThat(one.getProperties().getHeaders()).containsEntry("status", 202);
        assertThat(one.getProperties().getDeliveryMode()).isEqualTo(2);
        Delivery bad = answer();
        assertThat(bad.getProperties().getContentType()).isEqualTo("application/problem+json");
        assertThat(bad.getProperties().getCorrelationId()).isEqualTo("c-bad");
        assertThat(bad.getProperties().getHeaders()).containsEntry("status", 422);
        awaitEmpty();
    }

    @Test
    void an_answer_may_come_without_a_queue() throws Exception {
        String direct = "amq.rabbitmq.reply-to";
        channel.basicConsume(
                direct, true, (_, delivery) -> answers.add(delivery), (String _) -> {});
        send("one", direct);
        assertThat(text(answer())).isEqualTo("one");
        awaitEmpty();
    }

    @Test
    void nobody_need_wait_for_an_answer() throws Exception {
        send("one", null);
        send("bad", null);
        send("two", "gone");
        send("three", "answers");
        assertThat(text(answer())).isEqualTo("three");
        awaitEmpty();
        assertThat(submitted).containsExactly("one", "bad", "two", "three");
        assertThat(RabbitServer.shared()
                        .evaluate("length([Q || Q <- rabbit_amqqueue:list(<<\""
                                + uri.substring(uri.lastIndexOf('/') + 1) + "\">>)])"))
                .as("no queue was made for the answer")
                .isEqualTo("2");
    }

    @Test
    void what_can_t_be_taken_now_comes_again_and_in_its_order() throws Exception {
        putOff.set(2);
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            sent.add("job-" + i);
            send("job-" + i, "answers");
        }
        for (String text : sent) {
            assertThat(text(answer())).isEqualTo(text);
        }
        assertThat(submitted).isEqualTo(sent);
        assertThat(putOffAt).hasSize(2);
        assertThat(putOffAt.get(1) - putOffAt.get(0))
                .as("a pause")
                .isGreaterThan(Duration.ofMillis(400).toNanos());
        awaitEmpty();
    }

    @Test
    void a_long_one_comes_through() throws Exception {
        String source = "x".repeat(15 << 20);
        send(source, "answers");
        assertThat(text(answer())).isEqualTo(source);
        awaitEmpty();
    }

    @Test
    void one_that_is_too_long_for_any_job_disturbs_no_other() throws Exception {
        send("y".repeat(20 << 20), "answers");
        send("two", "answers");
        assertThat(text(answer()).length()).isEqualTo(20 << 20);
        assertThat(text(answer())).isEqualTo("two");
    }

    @Test
    void who_is_quiet_takes_no_more_and_another_does() throws Exception {
        broker.quiet().get(TOO_LATE_S, TimeUnit.SECONDS);
        Awaitility.await().until(() -> consumers() == 0);
        send("one", "answers");
        Awaitility.await().until(this::left, n -> n == 1);
        broker.close();
        broker = serve(AmqpConfig.PUT_TIMEOUT);
        assertThat(text(answer())).isEqualTo("one");
    }

    /** The broker's end of the publisher's channel stops for a while. */
    @Test
    void a_job_whose_answer_has_to_wait_is_not_submitted_again() throws Exception {
        broker.close();
        broker = serve(Duration.ofSeconds(1));
        Awaitility.await() // a second is not enough to connect on a busy machine
                .until(() ->
                        publishEvent().handle((_, failure) -> failure == null).join());
        RabbitServer.shared()
                .evaluate("[sys:suspend(C) || C <- rabbit_channel:list_local(), [{vhost, <<\""
                        + uri.substring(uri.lastIndexOf('/') + 1)
                        + "\">>}, {confirm, true}] =:="
                        + " (catch rabbit_channel:info(C, [vhost, confirm]))]");
        send("one", "answers");
        Awaitility.await().until(() -> submitted.size() == 1);
        assertThat(publishEvent()).failsWithin(Duration.ofSeconds(TOO_LATE_S));
        assertThat(publishEvent())
                .failsWithin(Duration.ofSeconds(TOO_LATE_S)); // and so has the answer, a second ago
        RabbitServer.shared().evaluate("[catch sys:resume(C) || C <- rabbit_channel:list_local()]");
        assertThat(text(answer())).isEqualTo("one");
        awaitEmpty();
        assertThat(submitted).containsExactly("one");
    }

    private CompletableFuture<?> publishEvent() {
        return broker.events()
                .publish(List.of(
                        new EventExchange.Message("any", "1", "any", "text/plain", new byte[0])));
    }

    /** As somebody may do by mistake. */
    @Test
    void a_queue_that_is_deleted_is_made_again() throws Exception {
        channel.queueDelete(JobInbox.QUEUE);
        Awaitility.await().until(() -> consumers() == 1);
        send("one", "answers");
        assertThat(text(answer())).isEqualTo("one");
    }

    @Test
    void a_connection_that_is_cut_comes_back() throws Exception {
        for (int i = 0; i < 3; i++) {
            RabbitServer.shared()
                    .evaluate("[rabbit_networking:close_connection(P, \"cut\") ||"
                            + " P <- rabbit_networking:connections(),"
                            + " [{vhost, <<\"" + uri.substring(uri.lastIndexOf('/') + 1) + "\">>}]"
                            + " =:= (catch rabbit_networking:connection_info(P, [vhost])),"
                            + " [{client_properties, C}] <-"
                            + " [rabbit_networking:connection_info(P, [client_properties])],"
                            + " lists:keymember(<<\"connection_name\">>, 1, C)]");
            send("job-" + i, "answers");
            String answered;
            do {
                answered = text(answer()); // one before it may be answered twice
            } while (!answered.equals("job-" + i));
        }
    }
}
