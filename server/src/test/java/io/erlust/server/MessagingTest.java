package io.erlust.server;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Delivery;

import io.erlust.amqp.RabbitServer;
import io.erlust.json.Json;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A program that knows only the broker: it feeds a job, submits it, and hears what it does. */
class MessagingTest {
    private static final int TOO_LATE_S = 60;
    private static final String JOBS = "erlust.jobs";

    @TempDir
    Path data;

    private final String uri = RabbitServer.shared().newVhost();
    private final BlockingQueue<Delivery> answers = new LinkedBlockingQueue<>();
    private final BlockingQueue<Delivery> events = new LinkedBlockingQueue<>();
    private Connection connection;
    private Channel channel;
    private Server server;

    /** As any program would: queues of its own, bound to what it wants to hear. */
    @BeforeEach
    void open() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(uri);
        connection = factory.newConnection();
        channel = connection.createChannel();
        channel.queueDeclare("answers", true, false, false, null);
        channel.exchangeDeclare("erlust.events", "topic", true);
        channel.queueDeclare("heard", true, false, false, null);
        channel.queueBind("heard", "erlust.events", "job.#");
        channel.basicConsume(
                "answers", true, (_, delivery) -> answers.add(delivery), (String _) -> {});
        channel.basicConsume(
                "heard", true, (_, delivery) -> events.add(delivery), (String _) -> {});
        server = start();
        Awaitility.await().ignoreExceptions().until(() -> {
            connection.createChannel().queueDeclarePassive(JOBS);
            return true;
        });
    }

    private Server start() {
        return Server.start(ServerConfig.of(
                data, Map.of("port", "0", "spares", "1", "sandbox", "none", "amqp", uri)));
    }

    @AfterEach
    void close() throws Exception {
        server.drain(Duration.ofSeconds(1));
        connection.abort();
    }

    private void submit(String json, String id) throws Exception {
        channel.queueDeclare(
                JOBS,
                true,
                false,
                false,
                Map.of("x-queue-type", "quorum", "x-delivery-limit", Integer.MAX_VALUE));
        channel.basicPublish(
                "",
                JOBS,
                new BasicProperties.Builder()
                        .replyTo("answers")
                        .correlationId(id)
                        .deliveryMode(2)
                        .build(),
                json.getBytes(UTF_8));
    }

    private static Delivery next(BlockingQueue<Delivery> from) throws InterruptedException {
        Delivery delivery = from.poll(TOO_LATE_S, TimeUnit.SECONDS);
        assertThat(delivery).as("a message").isNotNull();
        return delivery;
    }

    private static JsonNode json(Delivery delivery) {
        return Json.parse(delivery.getBody());
    }

    /** Of one job up to its end; what is told of another one, again after a restart, is not. */
    private List<Delivery> story(String job) throws InterruptedException {
        List<Delivery> story = new ArrayList<>();
        String key;
        do {
            Delivery event = next(events);
            key = event.getEnvelope().getRoutingKey();
            if (key.endsWith("." + job)) {
                story.add(event);
            }
        } while (!key.equals("job.completed." + job));
        return story;
    }

    @Test
    void a_job_is_fed_submitted_and_heard_of_without_http() throws Exception {
        channel.queueDeclare("numbers", true, false, false, null);
        for (int i = 1; i <= 20; i++) {
            channel.basicPublish(
                    "",
                    "numbers",
                    new BasicProperties.Builder().deliveryMode(2).build(),
                    Integer.toString(i).getBytes(UTF_8));
        }
        submit(
                "{\"id\":\"squares\",\"queue\":\"numbers\",\"num_of_nodes\":2,"
                        + "\"source\":\"def handle(item): return item * item\"}",
                "c1");
        Delivery answer = next(answers);
        assertThat(answer.getProperties().getCorrelationId()).isEqualTo("c1");
        assertThat(answer.getProperties().getContentType()).isEqualTo("application/json");
        assertThat(json(answer).path("id").stringValue()).isEqualTo("squares");

        List<Delivery> story = story("squares");
        List<Integer> values = new ArrayList<>();
        for (Delivery event : story) {
            BasicProperties properties = event.getProperties();
            JsonNode json = json(event);
            assertThat(properties.getContentType()).isEqualTo("application/cloudevents+json");
            assertThat(properties.getDeliveryMode()).isEqualTo(2);
            assertThat(json.path("id").stringValue()).isEqualTo(properties.getMessageId());
            assertThat(json.path("type").stringValue()).isEqualTo(properties.getType());
            assertThat(json.path("subject").stringValue()).isEqualTo("squares");
            json.path("data")
                    .path("results")
                    .forEach(result -> values.add(result.path("value").intValue()));
        }
        assertThat(story.getFirst().getEnvelope().getRoutingKey()).isEqualTo("job.started.squares");
        assertThat(values).hasSize(20).contains(1, 4, 400).doesNotHaveDuplicates();
        assertThat(json(story.getLast()).path("data").path("results_count").intValue())
                .isEqualTo(20);
    }

    @Test
    void a_refused_job_is_answered_with_the_problem() throws Exception {
        submit("{\"id\":\"a\",\"colour\":\"red\",\"source\":\"pass\"}", "c1");
        Delivery answer = next(answers);
        assertThat(answer.getProperties().getContentType()).isEqualTo("application/problem+json");
        assertThat(json(answer).path("type").stringValue())
                .isEqualTo("urn:erlust:problem:invalid-field");
        assertThat(json(answer).path("pointer").stringValue()).isEqualTo("/colour");
    }

    @Test
    void a_queue_that_the_broker_does_not_allow_refuses_its_job_and_holds_up_no_other()
            throws Exception {
        submit("{\"id\":\"a\",\"queue\":\"erlust.jobs\",\"source\":\"pass\"}", "c1");
        submit("{\"id\":\"b\",\"source\":\"pass\"}", "c2");
        Delivery refused = next(answers);
        assertThat(json(refused).path("type").stringValue())
                .isEqualTo("urn:erlust:problem:broker-refused");
        assertThat(refused.getProperties().getHeaders()).containsEntry("status", 409);
        assertThat(json(next(answers)).path("id").stringValue()).isEqualTo("b");
    }

    @Test
    void a_job_that_was_sent_while_no_server_ran_is_taken_by_the_next() throws Exception {
        submit("{\"id\":\"a\",\"source\":\"node.emit(1)\"}", "c1");
        story("a");
        server.drain(Duration.ofSeconds(5));
        submit("{\"id\":\"b\",\"source\":\"node.emit(2)\"}", "c2");
        server = start();
        assertThat(story("b"))
                .extracting(event -> event.getEnvelope().getRoutingKey())
                .containsExactly("job.started.b", "job.results.b", "job.completed.b");
    }
}
