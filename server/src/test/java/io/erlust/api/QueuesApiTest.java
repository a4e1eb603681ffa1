package io.erlust.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

class QueuesApiTest {
    private static final String NDJSON = "application/x-ndjson";

    private ApiFixture api;

    @BeforeEach
    void start(@TempDir Path data) throws Exception {
        api = new ApiFixture(data);
    }

    @AfterEach
    void stop() throws Exception {
        api.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String lines(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "{\"n\":" + i + "}\n")
                .collect(Collectors.joining());
    }

    private long ready(String queue) throws Exception {
        return ApiFixture.json(api.get("/v1/queues/" + queue)).path("ready").longValue();
    }

    @Test
    void a_queue_is_created_configured_and_shown() throws Exception {
        var created = api.put("/v1/queues/q", "{\"max_attempts\":2,\"items_max\":\"10\"}");
        assertThat(created.statusCode()).isEqualTo(201);
        var again = api.put("/v1/queues/q", "{\"max_attempts\":3}");
        assertThat(again.statusCode()).isEqualTo(200);
        JsonNode queue = ApiFixture.json(api.get("/v1/queues/q"));
        assertThat(queue.path("config").path("max_attempts").intValue()).isEqualTo(3);
        assertThat(queue.path("config").path("items_max").longValue()).isEqualTo(10_000_000);
        assertThat(ApiFixture.json(api.get("/v1/queues")).path("queues").size()).isEqualTo(1);
        assertThat(ApiFixture.problem(api.get("/v1/queues/none"))).isEqualTo("queue-not-found");
        assertThat(ApiFixture.problem(api.put("/v1/queues/a..b", "{}")))
                .isEqualTo("invalid-parameter");
        assertThat(ApiFixture.json(api.put("/v1/queues/q", "{\"max_attempts\":0}"))
                        .path("pointer")
                        .stringValue())
                .isEqualTo("/max_attempts");
    }

    @Test
    void one_item_over_several_lines_is_put_and_received_as_it_was() throws Exception {
        var accepted = api.post("/v1/queues/q/items", "{\"a\":\r\n [1,\n2.50]}");
        assertThat(accepted.statusCode()).isEqualTo(202);
        assertThat(accepted.body()).isEqualTo("{\"accepted\":1}");
        var received = api.post("/v1/queues/q/receive", "{}");
        assertThat(received.body())
                .contains("\"item\":{\"a\":   [1, 2.50]}")
                .contains("\"attempt\":1");
    }

    @Test
    void one_item_that_is_no_json_value_is_refused_as_it_is() throws Exception {
        for (String bad : List.of("", " \n", "1\n2", "\"two\nlines\"", "nul\nl")) {
            var answer = api.post("/v1/queues/q/items", bad);
            assertThat(ApiFixture.problem(answer)).as(bad).isEqualTo("malformed-json");
        }
        assertThat(ready("q")).isZero();
    }

    @Test
    void lines_are_put_with_or_without_a_last_line_end() throws Exception {
        assertThat(api.post("/v1/queues/q/items", NDJSON, bytes("1\n2\n")).body())
                .contains("2");
        assertThat(api.post("/v1/queues/q/items", NDJSON, bytes("3\r\n4")).body())
                .contains("2");
        assertThat(api.post("/v1/queues/q/items", NDJSON, bytes("")).body()).contains("0");
        assertThat(ready("q")).isEqualTo(4);
    }

    @Test
    void everything_before_the_first_bad_line_is_accepted_and_the_line_is_named() throws Exception {
        String body = lines(50_000) + "{\"n\":}\n" + lines(1000);
        var answer = api.post("/v1/queues/q/items", NDJSON, bytes(body));
        assertThat(answer.statusCode()).isEqualTo(400);
        JsonNode problem = ApiFixture.json(answer);
        assertThat(problem.path("line").intValue()).isEqualTo(50_001);
        assertThat(problem.path("accepted").intValue()).isEqualTo(50_000);
        assertThat(problem.path("detail").stringValue()).startsWith("line 50001: ");
        assertThat(ready("q")).isEqualTo(50_000);
    }

    @Test
    void lines_that_are_no_json_value_each_are_named() throws Exception {
        for (String bad : List.of("", " ", "1 2", "[1,", "]", "\u00ff".repeat(2), "{\"a\":1} x")) {
            var answer = api.post("/v1/queues/q/items", NDJSON, bytes("1\n" + bad + "\n2\n"));
            assertThat(answer.statusCode()).as(bad).isEqualTo(400);
            assertThat(ApiFixture.json(answer).path("line").intValue()).as(bad).isEqualTo(2);
            assertThat(ApiFixture.json(answer).path("accepted").intValue())
                    .as(bad)
                    .isEqualTo(1);
        }
        byte[] broken = {'1', '\n', '"', (byte) 0xC0, (byte) 0xAF, '"', '\n'};
        assertThat(ApiFixture.json(api.post("/v1/queues/q/items", NDJSON, broken))
                        .path("line")
                        .intValue())
                .isEqualTo(2);
    }

    @Test
    void a_full_queue_answers_429_and_says_what_it_accepted() throws Exception {
        api.put("/v1/queues/q", "{\"items_max\":30000}");
        var answer = api.post("/v1/queues/q/items", NDJSON, bytes(lines(50_000)));
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        JsonNode problem = ApiFixture.json(answer);
        assertThat(problem.path("limit").stringValue()).isEqualTo("items_max");
        assertThat(problem.path("max").intValue()).isEqualTo(30_000);
        long accepted = problem.path("accepted").longValue();
        assertThat(accepted).isGreaterThan(0).isLessThanOrEqualTo(30_000);
        assertThat(ready("q")).isEqualTo(accepted);
    }

    @Test
    void what_can_not_fit_is_refused_by_its_length() throws Exception {
        api.put("/v1/queues/q", "{\"bytes_max\":1000}");
        var answer = api.post("/v1/queues/q/items", NDJSON, bytes(lines(1000)));
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(ApiFixture.json(answer).path("accepted").intValue()).isZero();
        assertThat(ready("q")).isZero();
    }

    @Test
    void a_stream_far_larger_than_the_heap_that_is_left_is_put() throws Exception {
        long count = 300_000;
        String line = "{\"n\":\"" + "x".repeat(500) + "\"}\n";
        var body = BodyPublishers.ofInputStream(() -> new Repeated(bytes(line), count));
        Runtime.getRuntime().gc();
        var answer = api.send(
                api.request("/v1/queues/q/items").header("Content-Type", NDJSON).POST(body));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        assertThat(ApiFixture.json(answer).path("accepted").longValue()).isEqualTo(count);
        assertThat(ready("q")).isEqualTo(count);
    }

    /** The same line again and again, without being in memory. */
    private static final class Repeated extends InputStream {
        private final byte[] line;
        private long left;

        Repeated(byte[] line, long count) {
            this.line = line;
            this.left = count * line.length;
        }

        @Override
        public int read() {
            return left == 0
                    ? -1
                    : line[(int) (-left-- % line.length + line.length) % line.length] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int n = 0;
            while (n < length && left > 0) {
                into[offset + n++] = (byte) read();
            }
            return n == 0 && length > 0 ? -1 : n;
        }
    }

    @Test
    void a_receipt_is_unknown_to_every_other_queue() throws Exception {
        api.put("/v1/queues/other", "{}");
        api.post("/v1/queues/q/items", NDJSON, bytes("1\n"));
        JsonNode received =
                ApiFixture.json(api.post("/v1/queues/q/receive", "{\"max\":1,\"wait_s\":10}"));
        String receipt = received.path("items").get(0).path("receipt").stringValue();
        String body = "{\"receipts\":[\"" + receipt + "\"]}";
        String unknown = ",\"unknown\":[\"" + receipt + "\"]}";
        assertThat(api.post("/v1/queues/other/ack", body).body())
                .isEqualTo("{\"acknowledged\":0" + unknown);
        assertThat(api.post("/v1/queues/other/nack", body).body())
                .isEqualTo("{\"failed\":0" + unknown);
        assertThat(api.post("/v1/queues/q/ack", body).body())
                .isEqualTo("{\"acknowledged\":1,\"unknown\":[]}");
    }

    @Test
    void received_items_are_acknowledged_and_failed_by_their_receipts() throws Exception {
        api.put("/v1/queues/q", "{\"max_attempts\":1,\"backoff_ms\":0}");
        api.post("/v1/queues/q/items", NDJSON, bytes("1\n2\n3\n"));
        JsonNode received = ApiFixture.json(
                api.post("/v1/queues/q/receive", "{\"max\":3,\"wait_s\":10,\"lease_s\":60}"));
        List<String> receipts = received.path("items").values().stream()
                .map(item -> item.path("receipt").stringValue())
                .toList();
        assertThat(receipts).hasSize(3);
        var acked = api.post(
                "/v1/queues/q/ack", "{\"receipts\":[\"" + receipts.get(0) + "\",\"gone-1\"]}");
        assertThat(acked.body()).isEqualTo("{\"acknowledged\":1,\"unknown\":[\"gone-1\"]}");
        var nacked = api.post(
                "/v1/queues/q/nack",
                "{\"receipts\":[\"" + receipts.get(1) + "\"],\"error\":\"no good\"}");
        assertThat(nacked.body()).isEqualTo("{\"failed\":1,\"unknown\":[]}");
        org.awaitility.Awaitility.await()
                .until(() -> ApiFixture.json(api.get("/v1/queues/q/dead"))
                                .path("items")
                                .size()
                        == 1);
        JsonNode dead =
                ApiFixture.json(api.get("/v1/queues/q/dead")).path("items").get(0);
        assertThat(dead.path("item").intValue()).isEqualTo(2);
        assertThat(dead.path("history").toString()).contains("no good");
        String id = dead.path("id").stringValue();
        assertThat(api.post("/v1/queues/q/dead/retry", "{\"ids\":[\"" + id + "\"]}")
                        .body())
                .isEqualTo("{\"retried\":1}");
        assertThat(api.delete("/v1/queues/q/dead").body()).isEqualTo("{\"purged\":0}");
    }

    @Test
    void bad_receipts_and_ids_are_named() throws Exception {
        api.put("/v1/queues/q", "{}");
        assertThat(api.post("/v1/queues/q/ack", "{}").statusCode()).isEqualTo(422);
        assertThat(api.post("/v1/queues/q/ack", "{\"receipts\":[]}").statusCode())
                .isEqualTo(422);
        assertThat(api.post("/v1/queues/q/receive", "{\"max\":1001}").statusCode())
                .isEqualTo(422);
        assertThat(api.post("/v1/queues/q/dead/retry", "{\"ids\":[\"x\"]}").statusCode())
                .isEqualTo(422);
        assertThat(api.get("/v1/queues/q/dead?after=x").statusCode()).isEqualTo(422);
        assertThat(api.delete("/v1/queues/q/dead?id=x").statusCode()).isEqualTo(422);
        assertThat(api.post("/v1/queues/none/ack", "{\"receipts\":[\"a\"]}").statusCode())
                .isEqualTo(404);
    }

    @Test
    void purging_empties_a_queue() throws Exception {
        api.post("/v1/queues/q/items", NDJSON, bytes(lines(1000)));
        assertThat(api.delete("/v1/queues/q/items").statusCode()).isEqualTo(204);
        assertThat(ready("q")).isZero();
        assertThat(api.delete("/v1/queues/none/items").statusCode()).isEqualTo(404);
    }

    @Test
    void metrics_have_sums_and_the_fullest_queues_by_name() throws Exception {
        api.post("/v1/queues/q/items", NDJSON, bytes(lines(10)));
        String text = api.get("/metrics").body();
        assertThat(text)
                .contains("erlust_queue_items_all{state=\"ready\"} 10.0")
                .contains("erlust_queue_items{queue=\"q\",state=\"ready\"} 10.0")
                .contains("erlust_http_requests_total{method=\"POST\","
                        + "route=\"/v1/queues/{name}/items\",status=\"202\"} 1.0");
    }
}
