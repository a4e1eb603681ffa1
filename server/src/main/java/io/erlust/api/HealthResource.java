package io.erlust.api;

import io.erlust.api.http.Exchange;
import io.erlust.api.http.Problem;
import io.erlust.api.http.ProblemType;
import io.erlust.api.http.Route;
import io.erlust.json.Json;
import io.erlust.metrics.Metrics;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * {@code /livez, /readyz} for probes, {@code /metrics} for Prometheus, {@code /openapi.yaml} for
 * tools.
 */
final class HealthResource {
    private static final String CONTRACT = "/openapi/erlust.yaml";

    private final ServerFacts server;
    private final JobEventLog events;
    private final Metrics metrics;

    HealthResource(ApiParts parts) {
        this.server = parts.server();
        this.events = parts.eventLog();
        this.metrics = parts.metrics();
    }

    List<Route> routes() {
        return List.of(
                Route.open(
                        "/livez",
                        exchange -> exchange.json(200, Json.object().put("status", "alive"))),
                Route.open("/readyz", this::ready),
                Route.get("/metrics", this::metrics),
                Route.get("/openapi.yaml", HealthResource::contract));
    }

    private void ready(Exchange exchange) throws IOException {
        if (events.isClosed()) {
            throw Problem.of(ProblemType.STOPPING, "this server is stopping").retryAfter(2);
        }
        Optional<String> reason = server.notReady();
        if (reason.isPresent()) {
            throw Problem.of(ProblemType.NOT_READY, reason.get()).retryAfter(2);
        }
        exchange.json(200, Json.object().put("status", "ready"));
    }

    private void metrics(Exchange exchange) throws IOException {
        exchange.query().end();
        ByteArrayOutputStream text = new ByteArrayOutputStream(16 << 10);
        metrics.write(text);
        exchange.bytes(200, Metrics.CONTENT_TYPE, text.toByteArray());
    }

    private static void contract(Exchange exchange) throws IOException {
        exchange.query().end();
        try (InputStream yaml = HealthResource.class.getResourceAsStream(CONTRACT)) {
            if (yaml == null) {
                throw new IllegalStateException("the jar lacks " + CONTRACT);
            }
            exchange.bytes(200, "application/yaml", yaml.readAllBytes());
        }
    }
}
