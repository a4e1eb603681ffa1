package io.erlust.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.callbacks.Receiver;
import io.erlust.json.Json;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * This server takes over the data of every older schema: nothing is lost, nothing is done twice.
 */
class UpgradeTest {
    @TempDir
    Path directory;

    private JsonNode expected = Json.object();

    static List<Integer> schemas() throws IOException {
        return Fixture.schemas();
    }

    @ParameterizedTest
    @MethodSource("schemas")
    void the_data_of_an_older_schema_goes_on_where_it_was(int schema) throws Exception {
        Fixture fixture = Fixture.unpack(schema, directory);
        expected = fixture.expected();
        try (Receiver application = receiver(expected.path("callback_port").intValue())) {
            List<JsonNode> left;
            try (UpgradedServer server = new UpgradedServer(fixture)) {
                whatRestedIsTheSame(server);
                itemsAreThereOnce(server);
                whatRanGoesOn(server);
                whatIsAskedForHappens(server);
                callbacksArrive(application);
                left = all(server);
            }
            try (UpgradedServer again = new UpgradedServer(fixture)) {
                whatRestedForGoodIsTheSame(again);
                assertThat(all(again)).isEqualTo(left);
            }
            assertThat(application.waiting()).isZero();
        }
    }

    /** The port is in the recorded jobs; another run of the tests may have it for a while. */
    private static Receiver receiver(int port) {
        return Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .ignoreExceptions()
                .until(() -> new Receiver(port), receiver -> true);
    }

    private void whatRestedIsTheSame(UpgradedServer server) {
        for (var job : expected.path("jobs").properties()) {
            contains(server.job(job.getKey()), job.getValue(), job.getKey());
        }
        for (var label : expected.path("labelled").properties()) {
            JsonNode listed = server.get("/v1/jobs?label=" + label.getKey()).path("jobs");
            assertThat(listed.valueStream().map(job -> job.path("id")))
                    .containsExactlyElementsOf(label.getValue().values());
        }
        whatRestedForGoodIsTheSame(server);
    }

    private void whatRestedForGoodIsTheSame(UpgradedServer server) {
        for (var run : expected.path("results").properties()) {
            String[] job = run.getKey().split("/", -1);
            assertThat(server.results(job[0], Integer.parseInt(job[1])))
                    .as(run.getKey())
                    .containsExactlyElementsOf(run.getValue().values());
        }
        for (var queue : expected.path("queues").properties()) {
            contains(server.get("/v1/queues/" + queue.getKey()), queue.getValue(), queue.getKey());
        }
        for (var queue : expected.path("dead").properties()) {
            JsonNode dead = server.get("/v1/queues/" + queue.getKey() + "/dead").path("items");
            contains(dead, queue.getValue(), "dead items of " + queue.getKey());
        }
    }

    private void itemsAreThereOnce(UpgradedServer server) {
        for (var queue : expected.path("items").properties()) {
            JsonNode received = server.post(
                            "/v1/queues/" + queue.getKey() + "/receive", "{\"max\":1000}")
                    .path("items");
            assertThat(received.valueStream().map(item -> item.path("item")))
                    .as(queue.getKey())
                    .containsExactlyInAnyOrderElementsOf(queue.getValue().values());
            List<String> receipts = received.valueStream()
                    .map(item -> item.path("receipt").toString())
                    .toList();
            server.post(
                    "/v1/queues/" + queue.getKey() + "/ack",
                    "{\"receipts\":[" + String.join(",", receipts) + "]}");
        }
    }

    private void whatRanGoesOn(UpgradedServer server) {
        JsonNode completes = expected.path("completes");
        for (var job : completes.path("once").properties()) {
            assertThat(completed(server, job.getKey()))
                    .as(job.getKey())
                    .containsExactlyInAnyOrderElementsOf(job.getValue().values());
        }
        for (var job : completes.path("at_least_once").properties()) {
            assertThat(Set.copyOf(completed(server, job.getKey())))
                    .as(job.getKey())
                    .isEqualTo(Set.copyOf(job.getValue().values()));
        }
        for (var job : expected.path("fails").properties()) {
            failed(server, job.getKey(), job.getValue().stringValue());
        }
    }

    private void whatIsAskedForHappens(UpgradedServer server) {
        for (var job : expected.path("start").properties()) {
            server.post("/v1/jobs/" + job.getKey() + "/start", "");
            for (JsonNode next : job.getValue().values()) {
                assertThat(completed(server, next.stringValue())).containsExactly(next);
            }
        }
        for (var job : expected.path("cancel").properties()) {
            server.post("/v1/jobs/" + job.getKey() + "/cancel", "");
            for (JsonNode linked : job.getValue().values()) {
                failed(server, linked.stringValue(), job.getKey());
            }
        }
    }

    private static List<JsonNode> completed(UpgradedServer server, String id) {
        JsonNode job = server.ended(id);
        assertThat(job.path("state").stringValue()).as(job.toString()).isEqualTo("completed");
        return server.results(id, job.path("run").intValue());
    }

    private static void failed(UpgradedServer server, String id, String because) {
        JsonNode job = server.ended(id);
        assertThat(job.path("state").stringValue()).as(job.toString()).isEqualTo("failed");
        assertThat(job.path("reason").stringValue()).contains(because);
    }

    /** Those that were pending as they were written; of the others none again; then the ends. */
    private void callbacksArrive(Receiver application) throws InterruptedException {
        JsonNode callbacks = expected.path("callbacks");
        Map<String, String> pending = new HashMap<>();
        callbacks
                .path("pending")
                .properties()
                .forEach(each -> pending.put(each.getKey(), each.getValue().stringValue()));
        List<String> ends = new ArrayList<>();
        List<String> seen = new ArrayList<>();
        callbacks.path("delivered").forEach(id -> seen.add(id.stringValue()));
        while (!pending.isEmpty() || ends.size() < expected.path("told").size()) {
            Receiver.Call call = application.next();
            assertThat(seen).as("told before").doesNotContain(call.id());
            seen.add(call.id());
            String body = pending.remove(call.id());
            if (body != null) {
                assertThat(new String(call.body(), StandardCharsets.UTF_8))
                        .isEqualTo(new String(
                                Base64.getDecoder().decode(body), StandardCharsets.UTF_8));
            }
            String type = call.json().path("type").stringValue();
            if (!type.equals("job.results")) {
                ends.add(call.json().path("data").path("job").stringValue() + " " + type);
            }
        }
        assertThat(ends)
                .containsExactlyInAnyOrderElementsOf(expected.path("told").properties().stream()
                        .map(job -> job.getKey() + " " + job.getValue().stringValue())
                        .toList());
    }

    /** A newer version may show more, but not less and nothing else. */
    private static void contains(JsonNode found, JsonNode expected, String what) {
        if (expected.isObject()) {
            expected.properties()
                    .forEach(each -> contains(
                            found.path(each.getKey()),
                            each.getValue(),
                            what + "/" + each.getKey()));
        } else if (expected.isArray()) {
            assertThat(found.size()).as(what).isEqualTo(expected.size());
            for (int i = 0; i < expected.size(); i++) {
                contains(found.path(i), expected.path(i), what + "/" + i);
            }
        } else {
            assertThat(found).as(what).isEqualTo(expected);
        }
    }

    /** All jobs and queues, but for what only tells of the last seconds. */
    private static List<JsonNode> all(UpgradedServer server) {
        List<JsonNode> all = new ArrayList<>();
        server.get("/v1/jobs?limit=1000").path("jobs").forEach(all::add);
        for (JsonNode queue : server.get("/v1/queues").path("queues").values()) {
            all.add(((ObjectNode) queue).without(List.of("put_rate", "ack_rate")));
        }
        return all;
    }
}
