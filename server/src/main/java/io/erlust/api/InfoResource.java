package io.erlust.api;

import io.erlust.api.http.ApiConfig;
import io.erlust.api.http.Exchange;
import io.erlust.api.http.Route;
import io.erlust.jobs.Results;
import io.erlust.jobs.spec.JobSpecReader;
import io.erlust.jobs.spec.Limits;
import io.erlust.json.Json;
import io.erlust.queues.Queues;
import io.erlust.time.MonotonicClock;

import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code /v1/info}: what this server is, its limits, and how its background tasks are doing. */
final class InfoResource {
    private final ServerFacts server;
    private final ApiConfig config;
    private final MonotonicClock clock;
    private final long startNanos;

    InfoResource(ApiParts parts, ApiConfig config) {
        this.server = parts.server();
        this.config = config;
        this.clock = parts.clock();
        this.startNanos = clock.nanos();
    }

    List<Route> routes() {
        return List.of(Route.get("/v1/info", this::info));
    }

    private void info(Exchange exchange) throws IOException {
        exchange.query().end();
        ObjectNode json = Json.object();
        json.put("name", server.name());
        json.put("version", server.version());
        json.put("started_at", server.startedAt().toString());
        json.put("uptime_s", TimeUnit.NANOSECONDS.toSeconds(clock.nanos() - startNanos));
        json.put("isolation", server.isolation());
        nodeLimits(json.putObject("node_limits"));
        ArrayNode languages = json.putArray("languages");
        server.languages().forEach(languages::add);
        limits(json.putObject("limits"));
        ArrayNode tasks = json.putArray("tasks");
        server.tasks().forEach(task -> tasks.add(json(task)));
        exchange.json(200, json);
    }

    private void nodeLimits(ObjectNode limits) {
        limits.put("by", server.nodeLimitsBy());
        limits.put("memory_bytes", Limits.DEFAULT.memoryBytes());
        limits.put("processes", Limits.DEFAULT.processes());
        limits.put("open_files", Limits.DEFAULT.openFiles());
        limits.put("scratch_bytes", Limits.DEFAULT.scratchBytes());
    }

    private void limits(ObjectNode limits) {
        limits.put("nodes_max", server.nodesMax());
        limits.put("source_bytes_max", JobSpecReader.SOURCE_BYTES_MAX);
        limits.put("args_bytes_max", JobSpecReader.ARGS_BYTES_MAX);
        limits.put("item_bytes_max", Queues.ITEM_BYTES_MAX);
        limits.put("results_max", Results.RESULTS_MAX);
        limits.put("queues_max", Queues.QUEUES_MAX);
        limits.put("header_bytes_max", config.headerBytesMax());
        limits.put("body_bytes_max", config.bodyBytesMax());
        limits.put("bulk_jobs_max", JobUpload.JOBS_MAX);
        limits.put("connections_max", config.connectionsMax());
        limits.put("streams_max", config.streamsMax());
    }

    private static ObjectNode json(ServerFacts.TaskCounts task) {
        ObjectNode json = Json.object();
        json.put("name", task.name());
        json.put("runs", task.runs());
        json.put("failures", task.failures());
        task.removed().ifPresent(removed -> json.put("removed", removed));
        return json;
    }
}
