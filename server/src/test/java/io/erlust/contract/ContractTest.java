package io.erlust.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.amqp.RabbitServer;
import io.erlust.server.Server;
import io.erlust.server.ServerConfig;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The running server keeps to {@code openapi/erlust.yaml}: every operation, every status, every
 * field.
 */
class ContractTest {
    private static final String NDJSON = "application/x-ndjson";
    private static final String JOBS = "/v1/jobs";
    private static final String JOB = "/v1/jobs/{id}";
    private static final String QUEUE = "/v1/queues/{name}";

    /** Emits, reports, and is called back on a port where nobody listens. */
    private static final String WORKING = """
            {"job": {"id": "works", "language": "python", "num_of_nodes": "2",
              "callback_url": "http://127.0.0.1:9/x", "security_hash": "secret",
              "labels": {"a": "b"}, "source": "node.emit(node.rank)\\nnode.progress(1, 2, 'half')"}}
            """;

    @TempDir
    static Path data;

    private static Server server;
    private static ContractWalk walk;

    @BeforeAll
    static void start() throws Exception {
        server = Server.start(ServerConfig.of(
                data,
                Map.of(
                        "port", "0",
                        "amqp", RabbitServer.shared().newVhost(),
                        "allow-callback", "127.0.0.1:9",
                        "nodes-max", "8",
                        "spares", "2")));
        String token = Files.readString(data.resolve("admin.token")).strip();
        walk = new ContractWalk(OpenApi.load(), server.url(), token);
    }

    @AfterAll
    static void stop() {
        server.drain(Duration.ofSeconds(5));
    }

    @Test
    void every_operation_and_status_of_the_contract_is_as_it_says() throws Exception {
        aJobThatWorks();
        jobsThatWait();
        jobsWithATime();
        aJobThatFails();
        itsResultsEventsAndLogs();
        callbacks();
        queues();
        deadItems();
        theServerItself();
        walk.refusals(Map.of("id", "works", "name", "contract", "seq", "1"));
        assertThat(walk.missed()).as("in the contract, but never seen").isEmpty();
    }

    private static void aJobThatWorks() throws Exception {
        walk.post(202, JOBS, JOBS, WORKING);
        walk.post(200, JOBS, JOBS, WORKING);
        walk.post(409, JOBS, JOBS, WORKING.replace("half", "whole"));
        Awaitility.await()
                .until(() -> walk.get(JOB, "/v1/jobs/works")
                        .path("state")
                        .stringValue()
                        .equals("completed"));
        walk.post(409, JOB + "/cancel", "/v1/jobs/works/cancel");
        for (String verb : List.of("start", "pause", "resume")) {
            walk.post(409, JOB + "/" + verb, "/v1/jobs/works/" + verb);
        }
        walk.get(JOBS, "/v1/jobs?label=a=b&label=a&state=completed&limit=1");
    }

    private static void jobsThatWait() throws Exception {
        String manual = "{\"id\":\"waits\",\"when\":\"manual\",\"source\":\"pass\"}";
        walk.post(202, JOBS, JOBS, manual);
        String after = "{\"id\":\"behind\",\"when\":{\"after\":[\"waits\"]},\"source\":\"pass\"}";
        walk.post(202, JOBS, JOBS, after);
        assertThat(waitsFor("behind")).isEqualTo("after");
        assertThat(waitsFor("waits")).isEqualTo("manual");
        walk.post(409, JOB + "/retry", "/v1/jobs/waits/retry");
        walk.post(202, JOB + "/pause", "/v1/jobs/waits/pause");
        assertThat(waitsFor("waits")).isEqualTo("paused");
        walk.post(202, JOB + "/resume", "/v1/jobs/waits/resume");
        walk.post(202, JOB + "/start", "/v1/jobs/waits/start");
        walk.post(202, JOB + "/cancel", "/v1/jobs/behind/cancel");
        walk.post(202, JOB + "/retry", "/v1/jobs/behind/retry");
        manyJobs(202, manual + "\n" + manual.replace("waits", "waits-too"));
        manyJobs(422, manual + "\n{}");
        manyJobs(409, manual.replace("pass", "other"));
        manyJobs(400, "\n");
    }

    private static void manyJobs(int status, String lines) throws Exception {
        walk.expect(
                status,
                "POST " + JOBS,
                walk.request(JOBS)
                        .header("Content-Type", NDJSON)
                        .POST(BodyPublishers.ofString(lines)));
    }

    private static String waitsFor(String job) throws Exception {
        return walk.get(JOB, "/v1/jobs/" + job)
                .path("waiting_for")
                .path("kind")
                .asString("nothing");
    }

    private static void jobsWithATime() throws Exception {
        walk.post(202, JOBS, JOBS, """
                {"id":"later","when":"2099-12-24T18:00:00+02:00","expires_at":"P3660D",
                 "priority":"-3","source":"pass"}""");
        assertThat(waitsFor("later")).isEqualTo("time");
        walk.post(202, JOBS, JOBS, "{\"id\":\"soon\",\"when\":\"P1D\",\"source\":\"pass\"}");
        assertThat(waitsFor("soon")).isEqualTo("time");
        walk.post(202, JOBS, JOBS, """
                {"id":"nightly","source":"pass","when":{"cron":"30 2 * * *",
                 "timezone":"Europe/Athens","overlap":"queue","catch_up":false}}""");
        assertThat(waitsFor("nightly")).isEqualTo("time");
        walk.post(202, JOB + "/start", "/v1/jobs/nightly/start");
        Awaitility.await().until(() -> runs("nightly").size() == 2);
        assertThat(runs("nightly").path(1).path("state").stringValue()).isEqualTo("completed");
        assertThat(waitsFor("nightly")).isEqualTo("time");
        walk.get(JOB + "/runs", "/v1/jobs/nightly/runs?limit=1&after=2");
        // its second run has nothing to show yet
        HttpResponse<String> results = walk.expect(
                200,
                "GET " + JOB + "/results",
                walk.request("/v1/jobs/nightly/results").GET());
        assertThat(results.headers().firstValue("Erlust-Run")).contains("1");
    }

    private static JsonNode runs(String job) throws Exception {
        return walk.get(JOB + "/runs", "/v1/jobs/" + job + "/runs").path("runs");
    }

    private static void aJobThatFails() throws Exception {
        walk.post(202, JOBS, JOBS, """
                {"id":"fails","source":"raise SystemExit(3)","restart":{"intensity":0},
                 "callback_url":"http://127.0.0.1:9/x","security_hash":"secret",
                 "job_attempts":2,"job_backoff_ms":"3600000"}""");
        Awaitility.await().until(() -> waitsFor("fails").equals("retry"));
        assertThat(runs("fails")).hasSize(2);
        Awaitility.await()
                .until(() -> walk.get(JOB + "/callbacks", "/v1/jobs/fails/callbacks")
                        .path("callbacks")
                        .path(0)
                        .path("type")
                        .asString("none yet")
                        .equals("job.retrying"));
    }

    private static void itsResultsEventsAndLogs() throws Exception {
        HttpResponse<String> results = walk.expect(
                200,
                "GET " + JOB + "/results",
                walk.request("/v1/jobs/works/results?wait=10&run=1").GET());
        assertThat(results.body().lines()).hasSize(2);
        walk.expect(
                200, "GET " + JOB + "/logs", walk.request("/v1/jobs/works/logs").GET());
        walk.expect(
                200,
                "GET " + JOB + "/logs",
                walk.request("/v1/jobs/works/logs?follow=true").GET());
        String events = "GET " + JOB + "/events";
        String body = walk.expect(
                        200, events, walk.request("/v1/jobs/works/events").GET())
                .body();
        String last =
                body.lines().filter(line -> line.startsWith("id: ")).toList().getLast();
        walk.expect(
                204,
                events,
                walk.request("/v1/jobs/works/events")
                        .header("Last-Event-ID", last.substring(4))
                        .GET());
    }

    private static void callbacks() throws Exception {
        Awaitility.await().until(() -> {
            JsonNode first = walk.get(JOB + "/callbacks", "/v1/jobs/works/callbacks")
                    .path("callbacks")
                    .path(0);
            return first.path("attempts").asInt(0) > 0;
        });
        walk.post(202, JOB + "/callbacks/{seq}/retry", "/v1/jobs/works/callbacks/1/retry");
    }

    private static void queues() throws Exception {
        String path = "/v1/queues/contract";
        put(201, path, "{\"max_attempts\":1,\"backoff_ms\":0}");
        put(200, path, "{\"max_attempts\":1}");
        walk.post(202, QUEUE + "/items", path + "/items", "{\"a\":1}");
        walk.expect(
                202,
                "POST " + QUEUE + "/items",
                walk.request(path + "/items")
                        .header("Content-Type", NDJSON)
                        .POST(BodyPublishers.ofString("2\n3\n4\n")));
        walk.get(QUEUE, path);
        walk.get("/v1/queues", "/v1/queues?limit=1");
        put(201, "/v1/queues/full", "{\"items_max\":1}");
        walk.post(202, QUEUE + "/items", "/v1/queues/full/items", "1");
        walk.post(429, QUEUE + "/items", "/v1/queues/full/items", "2");
        put(409, "/v1/queues/full", "{\"backend\":\"amqp\"}");
        put(201, "/v1/queues/shared", "{\"backend\":\"amqp\"}");
        walk.expect(
                204,
                "DELETE " + QUEUE + "/items",
                walk.request("/v1/queues/full/items").DELETE());
    }

    private static void put(int status, String path, String json) throws Exception {
        walk.expect(
                status,
                "PUT " + QUEUE,
                walk.request(path)
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString(json)));
    }

    private static void deadItems() throws Exception {
        String path = "/v1/queues/contract";
        JsonNode received =
                walk.post(200, QUEUE + "/receive", path + "/receive", "{\"max\":3,\"wait_s\":5}");
        String first = received.path("items").path(0).path("receipt").stringValue();
        String second = received.path("items").path(1).path("receipt").stringValue();
        walk.post(
                200, QUEUE + "/ack", path + "/ack", "{\"receipts\":[\"" + first + "\",\"gone\"]}");
        walk.post(
                200,
                QUEUE + "/nack",
                path + "/nack",
                "{\"receipts\":[\"" + second + "\"],\"error\":\"bad\"}");
        Awaitility.await()
                .until(() ->
                        walk.get(QUEUE + "/dead", path + "/dead").path("items").size() == 1);
        walk.post(200, QUEUE + "/dead/retry", path + "/dead/retry");
        walk.expect(
                200, "DELETE " + QUEUE + "/dead", walk.request(path + "/dead").DELETE());
    }

    private static void theServerItself() throws Exception {
        walk.get("/v1/info", "/v1/info");
        walk.expect(200, "GET /metrics", walk.request("/metrics").GET());
        walk.expect(200, "GET /openapi.yaml", walk.request("/openapi.yaml").GET());
        walk.get("/livez", "/livez");
        walk.get("/readyz", "/readyz");
    }
}
