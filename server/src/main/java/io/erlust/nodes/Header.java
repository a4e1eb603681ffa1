package io.erlust.nodes;

import io.erlust.json.Fields;
import io.erlust.json.InvalidField;
import io.erlust.json.InvalidJson;
import io.erlust.json.Json;
import io.erlust.queues.QueueName;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The header of a frame from a node, field by field. A field of a wrong kind breaks the protocol.
 */
record Header(Fields fields, String op) {
    static Header parse(byte[] line) {
        try {
            Fields fields = Fields.of(Json.parse(line), "");
            String op = fields.string("op").orElseThrow(() -> fields.missing("op", "a string"));
            return new Header(fields, op);
        } catch (InvalidJson | InvalidField e) {
            throw new ProtocolViolation("a frame's header: " + e.getMessage());
        }
    }

    private long number(String name, long min, long max) {
        return optional(name, min, max)
                .orElseThrow(() -> violation(fields.missing(name, "an integer")));
    }

    private OptionalLong optional(String name, long min, long max) {
        try {
            Optional<Long> value = fields.integer(name, min, max);
            return value.isPresent() ? OptionalLong.of(value.get()) : OptionalLong.empty();
        } catch (InvalidField e) {
            throw violation(e);
        }
    }

    private ProtocolViolation violation(InvalidField why) {
        return new ProtocolViolation(op + ": " + why.getMessage());
    }

    /** How many payload lines follow. */
    int count(int max) {
        return (int) optional("n", 0, max).orElse(0);
    }

    boolean hasId() {
        return fields.node("id") != null;
    }

    long id() {
        return number("id", 0, Long.MAX_VALUE);
    }

    long version() {
        return number("v", 1, 1);
    }

    boolean keepsHand() {
        try {
            return fields.bool("hand").orElse(false);
        } catch (InvalidField e) {
            throw violation(e);
        }
    }

    long upto() {
        return number("upto", 0, Long.MAX_VALUE);
    }

    OptionalLong optionalUpto() {
        return optional("upto", 0, Long.MAX_VALUE);
    }

    long seq() {
        return number("seq", 1, Long.MAX_VALUE);
    }

    OptionalLong total() {
        return optional("total", 0, Long.MAX_VALUE);
    }

    long done() {
        return number("done", 0, Long.MAX_VALUE);
    }

    private Optional<String> text(String name) {
        try {
            return fields.string(name);
        } catch (InvalidField e) {
            throw violation(e);
        }
    }

    Optional<String> note() {
        return text("note");
    }

    private QueueName name(String field, String value) {
        try {
            return new QueueName(value);
        } catch (InvalidField e) {
            throw new ProtocolViolation(
                    op + ": /" + field + ": expected " + e.expected() + ", got " + e.got());
        }
    }

    QueueName queue() {
        String value = text("q").orElseThrow(() -> violation(fields.missing("q", "a queue")));
        return name("q", value);
    }

    /** The queue that a step acknowledges. */
    Optional<QueueName> acknowledges() {
        return text("q_ack").map(value -> name("q_ack", value));
    }

    /** Which item each of the n results answers; null when that is not said. */
    @Nullable
    List<String> items(int n) {
        List<String> items;
        try {
            if (fields.node("items") == null) {
                return null;
            }
            items = fields.strings("items");
        } catch (InvalidField e) {
            throw violation(e);
        }
        if (items.size() != n || items.stream().anyMatch(item -> item.length() > 64)) {
            throw new ProtocolViolation(
                    op + ": /items: expected " + n + " item ids, got " + items.size());
        }
        return items;
    }

    String error() {
        JsonNode error = fields.node("error");
        return Json.text(error == null ? Json.object() : error);
    }
}
