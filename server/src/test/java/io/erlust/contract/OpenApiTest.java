package io.erlust.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.contract.OpenApi.Answer;
import io.erlust.contract.OpenApi.Operation;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Map;

/** The check of answers can fail: each kind of deviation is found. */
class OpenApiTest {
    private final OpenApi contract = OpenApi.load();

    OpenApiTest() throws IOException {}

    private List<String> differences(
            String operation, int status, Map<String, String> headers, String body) {
        Operation found = contract.operations().stream()
                .filter(each -> each.name().equals(operation))
                .findFirst()
                .orElseThrow();
        Map<String, List<String>> lists = new java.util.TreeMap<>();
        headers.forEach((name, value) -> lists.put(name, List.of(value)));
        return contract.differences(
                found, new Answer(status, HttpHeaders.of(lists, (name, value) -> true), body));
    }

    private List<String> livez(String body) {
        return differences("GET /livez", 200, Map.of("Content-Type", "application/json"), body);
    }

    @Test
    void an_answer_as_it_should_be_has_no_differences() {
        assertThat(livez("{\"status\":\"alive\"}")).isEmpty();
    }

    @Test
    void wrong_missing_and_unknown_fields_are_found() {
        assertThat(livez("{\"status\":\"dead\"}")).hasSize(1);
        assertThat(livez("{}")).hasSize(1);
        assertThat(livez("{\"status\":\"alive\",\"more\":1}")).hasSize(1);
    }

    @Test
    void schemas_behind_references_are_followed() {
        Map<String, String> problem = Map.of("Content-Type", "application/problem+json");
        String unknownType = "{\"type\":\"urn:x\",\"title\":\"t\",\"status\":404,\"detail\":\"d\"}";
        assertThat(differences("GET /v1/jobs/{id}", 404, problem, unknownType)).hasSize(1);
        Map<String, String> lines = Map.of(
                "Content-Type",
                "application/x-ndjson",
                "Erlust-Run",
                "1",
                "Erlust-Complete",
                "true");
        String good = "{\"seq\":1,\"node\":0,\"at\":\"2026-11-21T10:00:00Z\",\"value\":null}\n";
        assertThat(differences("GET /v1/jobs/{id}/results", 200, lines, good)).isEmpty();
        assertThat(differences("GET /v1/jobs/{id}/results", 200, lines, good + "{\"seq\":0}\n"))
                .isNotEmpty();
    }

    @Test
    void a_missing_header_another_type_and_a_body_too_many_are_found() {
        Map<String, String> json = Map.of("Content-Type", "application/json");
        assertThat(differences("GET /v1/jobs/{id}/results", 200, json, "")).hasSize(3);
        assertThat(differences("DELETE /v1/queues/{name}/items", 204, json, "x"))
                .hasSize(1);
    }
}
