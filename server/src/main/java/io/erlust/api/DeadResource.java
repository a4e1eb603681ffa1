package io.erlust.api;

import io.erlust.api.http.Body;
import io.erlust.api.http.Exchange;
import io.erlust.api.http.Query;
import io.erlust.api.http.Route;
import io.erlust.json.Fields;
import io.erlust.json.Json;
import io.erlust.queues.DeadItem;
import io.erlust.queues.QueueName;
import io.erlust.queues.Queues;

import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.util.RawValue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** {@code /v1/queues/{name}/dead}: items that failed too often; look at, retry, purge them. */
final class DeadResource {
    private static final int IDS_MAX = 1000;

    /** Read at once: an item may be 1 MiB, and they are in memory together. */
    private static final int CHUNK = 8;

    private final Queues queues;
    private final QueuePath path;

    DeadResource(ApiParts parts) {
        this.queues = parts.queues();
        this.path = new QueuePath(queues);
    }

    List<Route> routes() {
        return List.of(
                Route.get("/v1/queues/{name}/dead", this::list),
                Route.post("/v1/queues/{name}/dead/retry", this::retry),
                Route.delete("/v1/queues/{name}/dead", this::purge));
    }

    private void list(Exchange exchange) throws IOException {
        QueueName name = path.existing(exchange).name();
        Query query = exchange.query();
        Optional<String> after = query.text("after");
        after.filter(id -> !Queues.isItemId(id)).ifPresent(id -> {
            throw Query.invalid("after", "the id of an item", id);
        });
        int left = (int) query.integer("limit", 1, 1000, 100);
        query.end();
        try (OutputStream out = exchange.stream(200, Body.JSON)) {
            write(out, "{\"items\":[");
            List<DeadItem> chunk = queues.dead(name, after, Math.min(left, CHUNK));
            String separator = "";
            Optional<String> next = Optional.empty();
            // a chunk that is shorter than asked for is not the end: large items come in less
            while (!chunk.isEmpty()) {
                for (DeadItem item : chunk) {
                    write(out, separator);
                    write(out, item);
                    separator = ",";
                }
                left -= chunk.size();
                next = left == 0 ? Optional.of(chunk.getLast().id()) : Optional.empty();
                Optional<String> last = Optional.of(chunk.getLast().id());
                chunk = left == 0 ? List.of() : queues.dead(name, last, Math.min(left, CHUNK));
            }
            write(out, "],\"next\":" + next.map(id -> '"' + id + '"').orElse("null") + "}");
        }
    }

    private static void write(OutputStream out, DeadItem item) throws IOException {
        ObjectNode head = Json.object();
        head.put("id", item.id());
        head.put("failures", item.failures());
        head.put("put_at", item.putAt().toString());
        head.put("failed_at", item.failedAt().toString());
        head.putRawValue("history", new RawValue(item.history()));
        out.write(Json.bytesWith(head, "item", item.item()));
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    private void retry(Exchange exchange) throws IOException {
        exchange.query().end();
        QueueName name = path.existing(exchange).name();
        Fields fields = Fields.of(exchange.body().jsonOrNothing(), "");
        List<String> ids = fields.strings("ids");
        boolean isListed = fields.node("ids") != null;
        fields.end();
        if (isListed
                && (ids.isEmpty()
                        || ids.size() > IDS_MAX
                        || !ids.stream().allMatch(Queues::isItemId))) {
            throw fields.invalid("ids", "1 to " + IDS_MAX + " ids of items", fields.node("ids"));
        }
        exchange.json(200, Json.object().put("retried", queues.retryDead(name, ids)));
    }

    private void purge(Exchange exchange) throws IOException {
        QueueName name = path.existing(exchange).name();
        Query query = exchange.query();
        Optional<String> id = query.text("id");
        query.end();
        id.filter(text -> !Queues.isItemId(text)).ifPresent(text -> {
            throw Query.invalid("id", "the id of an item", text);
        });
        exchange.json(
                200,
                Json.object().put("purged", queues.purgeDead(name, id.stream().toList())));
    }
}
