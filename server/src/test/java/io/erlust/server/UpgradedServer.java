package io.erlust.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.json.Json;

import org.awaitility.Awaitility;

import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A server of this build on the data of an older one, asked over HTTP. */
final class UpgradedServer implements AutoCloseable {
    /** Nodes of a fixture that was recorded just now may hold what they have for a while. */
    private static final Duration AWAITED = Duration.ofSeconds(90);

    private static final Set<String> FINAL = Set.of("completed", "failed", "cancelled");

    private final Server server;
    private final String token;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    UpgradedServer(Fixture fixture) throws Exception {
        server = Server.start(ServerConfig.of(
                fixture.data(),
                Map.of(
                        "port",
                        "0",
                        "allow-callback",
                        "127.0.0.1:" + fixture.expected().path("callback_port"),
                        "nodes-max",
                        fixture.expected().path("nodes_max").toString(),
                        "spares",
                        "2")));
        token = Files.readString(fixture.data().resolve("admin.token")).strip();
    }

    @Override
    public void close() {
        server.drain(Duration.ofSeconds(10));
    }

    JsonNode get(String path) {
        return Json.parse(send(request(path).GET()));
    }

    JsonNode post(String path, String json) {
        return Json.parse(send(request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json))));
    }

    JsonNode job(String id) {
        return get("/v1/jobs/" + id);
    }

    /** How it ended, in time. */
    JsonNode ended(String id) {
        return Awaitility.await("the end of " + id)
                .atMost(AWAITED)
                .until(() -> job(id), job -> FINAL.contains(job.path("state").stringValue()));
    }

    /** The values of a run's results, in their order. */
    List<JsonNode> results(String id, int run) {
        return send(request("/v1/jobs/" + id + "/results?limit=1000&run=" + run).GET())
                .lines()
                .map(line -> Json.parse(line).path("value"))
                .toList();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.url() + path))
                .timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + token);
    }

    private String send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isLessThan(300);
            return answer.body();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
