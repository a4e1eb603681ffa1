package io.erlust.api;

import io.erlust.api.http.Body;
import io.erlust.api.http.Exchange;
import io.erlust.api.http.Problem;
import io.erlust.api.http.ProblemType;
import io.erlust.api.http.Route;
import io.erlust.api.http.Utf8;
import io.erlust.json.InvalidJson;
import io.erlust.json.Json;
import io.erlust.json.Lines;
import io.erlust.queues.QueueName;
import io.erlust.queues.Queues;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** {@code POST /v1/queues/{name}/items}: puts one item, or a stream of them, one a line. */
final class ItemsResource {
    private final Queues queues;
    private final PutRoom room;

    ItemsResource(ApiParts parts, PutRoom room) {
        this.queues = parts.queues();
        this.room = room;
    }

    List<Route> routes() {
        return List.of(Route.post("/v1/queues/{name}/items", this::put));
    }

    private void put(Exchange exchange) throws IOException {
        exchange.query().end();
        QueueName name = QueuePath.name(exchange);
        Body body = exchange.body();
        String type = body.mediaType();
        if (!type.equals(Body.NDJSON)) {
            Body.requireType(type, Body.JSON);
        }
        refuseEarly(name, body);
        long accepted = type.equals(Body.NDJSON)
                ? new ItemUpload(queues, name, body, room).run()
                : putOne(name, body);
        exchange.json(202, Json.object().put("accepted", accepted));
    }

    /** Before a byte of the body is read. */
    private void refuseEarly(QueueName name, Body body) {
        Optional<RuntimeException> why = queues.refuses(name, 1, body.length().orElse(1));
        if (why.isPresent()) {
            throw KnownErrors.problem(why.get()).orElseThrow().with("accepted", 0);
        }
    }

    private long putOne(QueueName name, Body body) throws IOException {
        byte[] text = body.bytes(ProblemType.ITEM_TOO_LARGE, Queues.ITEM_BYTES_MAX);
        try {
            Utf8.check(text, text.length);
            if (new String(text, StandardCharsets.UTF_8).isBlank()) {
                throw new InvalidJson("expected a JSON value, got an empty text");
            }
            Lines.of(text).check();
            queues.put(name, Lines.of(Lines.oneLine(text))).join();
        } catch (RuntimeException e) {
            Problem problem = KnownErrors.problem(e).orElseThrow(() -> e);
            throw problem.with("accepted", 0);
        }
        return 1;
    }
}
