package io.erlust.api;

import io.erlust.api.http.Body;
import io.erlust.api.http.Exchange;
import io.erlust.api.http.Route;
import io.erlust.api.http.StreamSlots;
import io.erlust.json.Fields;
import io.erlust.json.Json;
import io.erlust.queues.QueueName;
import io.erlust.queues.Queues;
import io.erlust.queues.Received;
import io.erlust.time.MonotonicClock;

import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** {@code /v1/queues/{name}/receive, ack, nack}: consuming over HTTP, with receipts. */
final class ReceiptsResource {
    static final int ITEMS_MAX = 1000;
    static final int LEASE_SECONDS_MAX = 12 * 3600;
    static final int ERROR_CHARS_MAX = 4096;

    private static final Duration SLICE = Duration.ofSeconds(2);

    private final Queues queues;
    private final JobEventLog events;
    private final MonotonicClock clock;
    private final StreamSlots slots;
    private final QueuePath path;

    ReceiptsResource(ApiParts parts, StreamSlots slots) {
        this.queues = parts.queues();
        this.events = parts.eventLog();
        this.clock = parts.clock();
        this.slots = slots;
        this.path = new QueuePath(queues);
    }

    List<Route> routes() {
        return List.of(
                Route.post("/v1/queues/{name}/receive", this::receive),
                Route.post("/v1/queues/{name}/ack", this::ack),
                Route.post("/v1/queues/{name}/nack", this::nack));
    }

    private void receive(Exchange exchange) throws IOException {
        exchange.query().end();
        QueueName name = QueuePath.name(exchange);
        Fields fields = Fields.of(exchange.body().jsonOrNothing(), "");
        int max = fields.integer("max", 1, ITEMS_MAX).orElse(1L).intValue();
        Duration wait = seconds(fields, "wait_s", 0, ApiParts.WAIT_SECONDS_MAX, 0);
        Duration lease = seconds(fields, "lease_s", 1, LEASE_SECONDS_MAX, 60);
        fields.end();
        try (StreamSlots.Slot _ = slots.take()) {
            exchange.bytes(200, Body.JSON, json(receive(name, max, wait, lease)));
        }
    }

    /** Waits in slices, so that a server that stops does not wait for who waits. */
    private Queues.Receipt receive(QueueName name, int max, Duration wait, Duration lease) {
        long end = clock.nanos() + wait.toNanos();
        while (true) {
            Duration left = Duration.ofNanos(Math.max(0, end - clock.nanos()));
            Duration slice = left.compareTo(SLICE) < 0 ? left : SLICE;
            Queues.Receipt receipt = queues.receive(name, max, slice, lease);
            boolean isLast = slice.equals(left) || receipt.drained() || events.isClosed();
            if (isLast || !receipt.items().isEmpty()) {
                return receipt;
            }
        }
    }

    private static Duration seconds(Fields fields, String name, long min, long max, long preset) {
        return Duration.ofSeconds(fields.integer(name, min, max).orElse(preset));
    }

    /** Written around the items, which are never parsed. */
    private static byte[] json(Queues.Receipt receipt) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
        out.writeBytes(ascii("{\"items\":["));
        boolean isFirst = true;
        for (Received item : receipt.items()) {
            out.writeBytes(ascii(isFirst ? "" : ","));
            isFirst = false;
            ObjectNode head = Json.object();
            head.put("receipt", item.receipt());
            head.put("id", item.id());
            head.put("attempt", item.attempt());
            head.put("put_at", item.putAt().toString());
            out.writeBytes(Json.bytesWith(head, "item", item.item()));
        }
        out.writeBytes(ascii("],\"drained\":" + receipt.drained() + "}"));
        return out.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private void ack(Exchange exchange) throws IOException {
        exchange.query().end();
        QueueName name = path.existing(exchange).name();
        Fields fields = Fields.of(exchange.body().json(), "");
        List<String> receipts = receipts(fields);
        fields.end();
        exchange.json(200, settle(receipts, receipt -> queues.ack(name, receipt), "acknowledged"));
    }

    private void nack(Exchange exchange) throws IOException {
        exchange.query().end();
        QueueName name = path.existing(exchange).name();
        Fields fields = Fields.of(exchange.body().json(), "");
        List<String> receipts = receipts(fields);
        String error = fields.string("error").orElse("nack");
        fields.end();
        if (error.length() > ERROR_CHARS_MAX) {
            throw fields.invalid(
                    "error", "at most " + ERROR_CHARS_MAX + " characters", fields.node("error"));
        }
        exchange.json(
                200, settle(receipts, receipt -> queues.nack(name, receipt, error), "failed"));
    }

    private static List<String> receipts(Fields fields) {
        List<String> receipts = fields.strings("receipts");
        if (receipts.isEmpty() || receipts.size() > ITEMS_MAX) {
            throw fields.invalid(
                    "receipts", "1 to " + ITEMS_MAX + " receipts", fields.node("receipts"));
        }
        return receipts;
    }

    /**
     * Receipts that are unknown were used before, or their lease has ended and the item is
     * elsewhere, or they are of another queue.
     */
    private static ObjectNode settle(List<String> receipts, Predicate<String> verb, String done) {
        List<String> unknown = new ArrayList<>();
        for (String receipt : receipts) {
            if (!verb.test(receipt)) {
                unknown.add(receipt);
            }
        }
        ObjectNode json = Json.object();
        json.put(done, receipts.size() - unknown.size());
        ArrayNode array = json.putArray("unknown");
        unknown.forEach(array::add);
        return json;
    }
}
