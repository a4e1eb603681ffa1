package io.erlust.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.contract.OpenApi.Operation;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Asks a running server for every operation and every status its contract names, and holds each
 * answer against it. {@link #missed} says which were never seen.
 */
final class ContractWalk {
    private static final String TEXT = "text/plain";
    private static final String JSON = "application/json";
    private static final JsonMapper MAPPER = new JsonMapper();

    private final OpenApi contract;
    private final URI base;
    private final String token;
    private final Set<String> seen = new TreeSet<>();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    ContractWalk(OpenApi contract, URI base, String token) {
        this.contract = contract;
        this.base = base;
        this.token = token;
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(base.resolve(path))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + token);
    }

    /** Sends, expects a status, and checks the answer against the contract. */
    HttpResponse<String> expect(int status, String operation, HttpRequest.Builder request)
            throws IOException, InterruptedException {
        Operation found = contract.operations().stream()
                .filter(each -> each.name().equals(operation))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the contract has no " + operation));
        HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(operation + " " + answer.body()).isEqualTo(status);
        OpenApi.Answer shown = new OpenApi.Answer(status, answer.headers(), answer.body());
        assertThat(contract.differences(found, shown))
                .as(operation + " " + status)
                .isEmpty();
        seen.add(operation + " " + status);
        return answer;
    }

    JsonNode get(String template, String path) throws Exception {
        return MAPPER.readTree(
                expect(200, "GET " + template, request(path).GET()).body());
    }

    JsonNode post(int status, String template, String path, String json) throws Exception {
        HttpRequest.Builder request =
                request(path).header("Content-Type", JSON).POST(BodyPublishers.ofString(json));
        return MAPPER.readTree(expect(status, "POST " + template, request).body());
    }

    JsonNode post(int status, String template, String path) throws Exception {
        HttpRequest.Builder request = request(path).POST(BodyPublishers.noBody());
        return MAPPER.readTree(expect(status, "POST " + template, request).body());
    }

    /** What every operation answers to requests that are wrong in the same way. */
    void refusals(Map<String, String> existing) throws Exception {
        for (Operation operation : contract.operations()) {
            String path = fill(operation.path(), existing);
            if (!operation.isPublic()) {
                expect(
                        401,
                        operation.name(),
                        with(HttpRequest.newBuilder(base.resolve(path)), operation));
            }
            expect(
                    403,
                    operation.name(),
                    with(request(path).header("Origin", "https://other.example"), operation));
            if (operation.has(422)) {
                expect(422, operation.name(), with(request(path + "?nonsense=1"), operation));
            }
            if (operation.has(404)) {
                String nowhere = operation.path().replaceAll("\\{[a-z]+}", "none");
                expect(404, operation.name(), with(request(nowhere), operation));
            }
            if (operation.has(415)) {
                expect(415, operation.name(), body(request(path), operation, TEXT, "{}"));
            }
            if (operation.has(400)) {
                expect(400, operation.name(), body(request(path), operation, JSON, "{"));
            }
            if (operation.has(413)) {
                String tooLong = " ".repeat((16 << 20) + 1);
                expect(413, operation.name(), body(request(path), operation, JSON, tooLong));
            }
            expect(405, operation.name(), request(path).method("PATCH", BodyPublishers.noBody()));
        }
    }

    private static String fill(String template, Map<String, String> existing) {
        String path = template;
        for (var variable : existing.entrySet()) {
            path = path.replace("{" + variable.getKey() + "}", variable.getValue());
        }
        return path;
    }

    /** A body that is right, where there must be one. */
    private static HttpRequest.Builder with(HttpRequest.Builder request, Operation operation) {
        String needed = operation.path().endsWith("ack") ? "{\"receipts\":[\"x\"]}" : "{}";
        boolean hasBody = operation.description().has("requestBody");
        return hasBody
                ? body(request, operation, JSON, needed)
                : request.method(operation.method(), BodyPublishers.noBody());
    }

    private static HttpRequest.Builder body(
            HttpRequest.Builder request, Operation operation, String type, String text) {
        BodyPublisher body = BodyPublishers.ofString(text);
        return request.header("Content-Type", type).method(operation.method(), body);
    }

    /** Every operation and status of the contract that was not seen. */
    Set<String> missed() {
        Set<String> missed = new TreeSet<>();
        for (Operation operation : contract.operations()) {
            operation.statuses().forEach(status -> missed.add(operation.name() + " " + status));
        }
        missed.removeAll(seen);
        return missed;
    }
}
