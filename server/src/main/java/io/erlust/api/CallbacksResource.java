package io.erlust.api;

import io.erlust.api.http.Exchange;
import io.erlust.api.http.Problem;
import io.erlust.api.http.ProblemType;
import io.erlust.api.http.Query;
import io.erlust.api.http.Route;
import io.erlust.callbacks.Callback;
import io.erlust.callbacks.CallbackDispatcher;
import io.erlust.jobs.spec.JobId;
import io.erlust.json.Json;

import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.util.List;

/** {@code /v1/jobs/{id}/callbacks}: what was sent to the application, and sending it again. */
final class CallbacksResource {
    private final CallbackDispatcher callbacks;
    private final JobPath path;

    CallbacksResource(ApiParts parts) {
        this.callbacks = parts.callbacks();
        this.path = new JobPath(parts.jobs());
    }

    List<Route> routes() {
        return List.of(
                Route.get("/v1/jobs/{id}/callbacks", this::list),
                Route.post("/v1/jobs/{id}/callbacks/{seq}/retry", this::retry));
    }

    private void list(Exchange exchange) throws IOException {
        Query query = exchange.query();
        long after = query.integer("after", 0, Long.MAX_VALUE, 0);
        int limit = (int) query.integer("limit", 1, 1000, 100);
        query.end();
        List<Callback> page = callbacks.list(path.job(exchange).id(), after, limit);
        ObjectNode json = Json.object();
        ArrayNode array = json.putArray("callbacks");
        page.forEach(callback -> array.add(callback.json()));
        json.put(
                "next",
                page.size() < limit ? null : Long.toString(page.getLast().seq()));
        exchange.json(200, json);
    }

    private void retry(Exchange exchange) throws IOException {
        exchange.query().end();
        JobId job = path.job(exchange).id();
        String text = exchange.path("seq");
        long seq = text.matches("[0-9]{1,18}") ? Long.parseLong(text) : 0;
        Callback retried = callbacks
                .retry(job, seq)
                .orElseThrow(() -> Problem.of(
                        ProblemType.CALLBACK_NOT_FOUND,
                        "expected the number of a callback of job \"" + job + "\", got \"" + text
                                + '"'));
        exchange.json(202, retried.json());
    }
}
