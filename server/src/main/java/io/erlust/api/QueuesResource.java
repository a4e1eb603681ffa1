package io.erlust.api;

import io.erlust.api.http.Exchange;
import io.erlust.api.http.Query;
import io.erlust.api.http.Route;
import io.erlust.json.Json;
import io.erlust.queues.QueueConfig;
import io.erlust.queues.QueueName;
import io.erlust.queues.QueueStats;
import io.erlust.queues.Queues;
import io.erlust.time.Rate;

import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.util.List;

/** {@code /v1/queues}: create, configure, look at, purge. */
final class QueuesResource {
    private final Queues queues;
    private final QueuePath path;

    QueuesResource(ApiParts parts) {
        this.queues = parts.queues();
        this.path = new QueuePath(queues);
    }

    List<Route> routes() {
        return List.of(
                Route.get("/v1/queues", this::list),
                Route.get("/v1/queues/{name}", this::get),
                Route.put("/v1/queues/{name}", this::configure),
                Route.delete("/v1/queues/{name}/items", this::purge));
    }

    private void list(Exchange exchange) throws IOException {
        Query query = exchange.query();
        String after = query.text("after").orElse("");
        int limit = (int) query.integer("limit", 1, 1000, 1000);
        query.end();
        List<QueueStats> page = queues.list().stream()
                .filter(queue -> queue.name().value().compareTo(after) > 0)
                .limit(limit)
                .toList();
        ObjectNode json = Json.object();
        ArrayNode array = json.putArray("queues");
        page.forEach(queue -> array.add(json(queue)));
        json.put("next", page.size() < limit ? null : page.getLast().name().value());
        exchange.json(200, json);
    }

    private void get(Exchange exchange) throws IOException {
        exchange.query().end();
        exchange.json(200, json(path.existing(exchange)));
    }

    private void configure(Exchange exchange) throws IOException {
        exchange.query().end();
        QueueName name = QueuePath.name(exchange);
        boolean created = queues.configure(
                name, QueueConfig.read(exchange.body().json(), queues.backend(name)));
        exchange.json(created ? 201 : 200, json(path.existing(exchange)));
    }

    private void purge(Exchange exchange) {
        exchange.query().end();
        queues.purge(path.existing(exchange).name());
        exchange.empty(204);
    }

    private static ObjectNode json(QueueStats queue) {
        ObjectNode json = Json.object();
        json.put("name", queue.name().value());
        json.put("backend", queue.config().backend().wire());
        queue.trouble().ifPresent(trouble -> json.put("trouble", trouble));
        json.put("ready", queue.ready());
        json.put("in_hand", queue.inHand());
        json.put("retrying", queue.retrying());
        json.put("dead", queue.dead());
        json.put("bytes", queue.bytes());
        json.put("producers", queue.producers());
        json.put("consumers", queue.consumers());
        json.put("put_rate", Rate.rounded(queue.putRate()));
        json.put("ack_rate", Rate.rounded(queue.ackRate()));
        json.set("config", queue.config().json());
        return json;
    }
}
