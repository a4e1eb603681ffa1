package io.erlust.api;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.erlust.api.JobMessages.Reply;
import io.erlust.api.http.ApiConfig;
import io.erlust.jobs.Job;
import io.erlust.jobs.spec.JobId;
import io.erlust.json.Json;
import io.erlust.queues.QueueName;
import io.erlust.store.StoreException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A job by message is answered as the same job over HTTP. */
class JobMessagesTest {
    private static final int BYTES_MAX = 10_000;

    @TempDir
    Path directory;

    private ApiFixture erlust;
    private JobMessages messages;
    private final List<String> created = new ArrayList<>();

    @BeforeEach
    void open() throws Exception {
        ApiConfig usual = ApiConfig.loopback(0);
        ApiConfig config = new ApiConfig(
                usual.address(),
                usual.port(),
                usual.hosts(),
                usual.insecureHttp(),
                usual.headerBytesMax(),
                BYTES_MAX,
                usual.idle(),
                usual.heartbeat(),
                usual.bodyGrace(),
                usual.connectionsMax(),
                usual.streamsMax());
        erlust = new ApiFixture(directory, config);
        messages = messages(queue -> {});
    }

    /** @param onCreate is called with the queue that a message makes */
    private JobMessages messages(Consumer<QueueName> onCreate) {
        return new JobMessages(erlust.parts, BYTES_MAX, queue -> {
            created.add(queue.value());
            onCreate.accept(queue);
        });
    }

    @AfterEach
    void close() throws Exception {
        erlust.close();
    }

    private Reply submit(String json) {
        return messages.submit(json.getBytes(UTF_8));
    }

    private static JsonNode json(Reply reply) {
        return Json.parse(reply.body());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":\"one\",\"source\":\"pass\"}",
                "{\"job\":{\"id\":\"one\",\"when\":\"manual\",\"source\":\"pass\"}}"
            })
    void a_job_is_stored_and_answered_as_over_http(String text) throws Exception {
        Reply reply = submit(text);
        assertThat(reply.status()).isEqualTo(202);
        assertThat(reply.contentType()).isEqualTo("application/json");
        assertThat(reply.isRetryLater()).isFalse();
        Job stored = erlust.jobs.get(new JobId("one")).orElseThrow();
        assertThat(stored.spec().source()).isEqualTo("pass");
        assertThat(json(reply)).isEqualTo(ApiFixture.json(erlust.get("/v1/jobs/one")));
    }

    @Test
    void the_same_job_again_is_answered_with_the_one_there_is() {
        String text = "{\"id\":\"one\",\"source\":\"pass\"}";
        Reply first = submit(text);
        Reply again = submit(text);
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(first.body());
    }

    private static Stream<byte[]> refused() {
        String job = "\"id\":\"x\",\"source\":\"pass\"";
        Stream<String> texts = Stream.of(
                "",
                "{",
                "[]",
                "17",
                "{} {}",
                "{}",
                "{\"job\":null}",
                "{\"job\":{}}",
                "{\"job\":{" + job + "},\"more\":1}",
                "{" + job + ",\"colour\":\"red\"}",
                "{\"job\":{" + job + ",\"colour\":\"red\"}}",
                "{" + job + ",\"id\":\"y\"}",
                "{" + job + ",\"num_of_nodes\":0}",
                "{" + job + ",\"language\":\"cobol\"}",
                "{" + job + ",\"when\":\"some time\"}",
                "{" + job + ",\"queue\":\"../etc\"}",
                "{" + job + ",\"labels\":{\"a\":\"\\ud800\"}}",
                "{" + job + ",\"links\":[\"nobody\"]}",
                "{\"job\":{" + job + ",\"when\":{\"after\":[\"nobody\"]}}}",
                "{" + job + ",\"callback_url\":\"http://127.0.0.1/\",\"security_hash\":\"s\"}",
                "{\"job\":{" + job
                        + ",\"callback_url\":\"https://localhost/\",\"security_hash\":\"s\"}}",
                "{\"id\":\"taken\",\"source\":\"other\"}",
                "{" + job + ",\"args\":\"" + "x".repeat(BYTES_MAX) + "\"}");
        return Stream.concat(
                texts.map(text -> text.getBytes(UTF_8)),
                Stream.of(
                        ("{" + job + ",\"labels\":{\"a\":\"ü\"}}").getBytes(ISO_8859_1),
                        ("{" + job + "}").getBytes(UTF_16),
                        ("\uFEFF{" + job + "}").getBytes(UTF_8)));
    }

    @Test
    void each_refusal_is_the_same_problem_as_over_http() throws Exception {
        erlust.post("/v1/jobs", "{\"id\":\"taken\",\"source\":\"pass\"}");
        for (byte[] body : refused().toList()) {
            String text = new String(body, UTF_8);
            HttpResponse<String> http = erlust.post("/v1/jobs", "application/json", body);
            assertThat(http.statusCode()).as(text).isBetween(400, 499);
            Reply reply = messages.submit(body);
            assertThat(reply.status()).as(text).isEqualTo(http.statusCode());
            assertThat(reply.contentType())
                    .isEqualTo(http.headers().firstValue("content-type").orElseThrow());
            assertThat(json(reply)).as(text).isEqualTo(ApiFixture.json(http));
            assertThat(reply.isRetryLater()).as(text).isFalse();
        }
        assertThat(erlust.jobs.get(new JobId("x"))).isEmpty();
    }

    @Test
    void the_queues_that_it_names_are_made_where_it_came_from() {
        submit("{\"id\":\"a\",\"source\":\"pass\",\"queue\":\"in\","
                + "\"produces\":[\"out\",\"bad\"]}");
        assertThat(created).containsExactlyInAnyOrder("in", "out", "bad");
        created.clear();
        submit("{\"job\":{\"id\":\"b\",\"source\":\"pass\",\"queue\":\"in-2\"}}");
        assertThat(created).containsExactly("in-2");
        created.clear();
        submit("{\"id\":\"c\",\"source\":\"pass\"}");
        submit("{\"id\":\"d\",\"source\":\"pass\",\"queue\":\"in-3\",\"colour\":\"red\"}");
        assertThat(created).isEmpty();
    }

    @Test
    void they_are_made_before_the_job_is() {
        messages = messages(queue ->
                assertThat(erlust.jobs.get(new JobId("a"))).as(queue.value()).isEmpty());
        Reply reply = submit("{\"id\":\"a\",\"source\":\"pass\",\"produces\":[\"out\"]}");
        assertThat(reply.status()).isEqualTo(202);
        assertThat(created).containsExactly("out");
    }

    @ParameterizedTest
    @ValueSource(strings = {"FULL", "UNAVAILABLE"})
    void what_the_store_can_t_take_now_is_to_be_tried_again(String kind) {
        messages = messages(queue -> {
            throw new StoreException(StoreException.Kind.valueOf(kind), "not now");
        });
        Reply reply = submit("{\"id\":\"a\",\"source\":\"pass\",\"queue\":\"in\"}");
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.isRetryLater()).isTrue();
        assertThat(reply.contentType()).isEqualTo("application/problem+json");
    }

    @Test
    void so_is_a_job_that_could_not_be_written() {
        erlust.database.close();
        Reply reply = submit("{\"id\":\"a\",\"source\":\"pass\"}");
        assertThat(json(reply).path("type").stringValue())
                .isEqualTo("urn:erlust:problem:storage-unavailable");
        assertThat(reply.isRetryLater()).isTrue();
    }

    @Test
    void a_defect_is_answered_with_an_id_and_not_tried_again() {
        messages = messages(queue -> {
            throw new IllegalStateException("its insides");
        });
        Reply reply = submit("{\"id\":\"a\",\"source\":\"pass\",\"queue\":\"in\"}");
        assertThat(reply.status()).isEqualTo(500);
        assertThat(reply.isRetryLater()).isFalse();
        assertThat(json(reply).path("error_id").stringValue()).hasSize(36);
        assertThat(new String(reply.body(), UTF_8)).doesNotContain("its insides");
    }
}
