package io.erlust.jobs;

import io.erlust.json.Json;

import tools.jackson.databind.node.ObjectNode;

import java.time.Instant;
import java.util.Optional;

/** One entry of a run's results log. {@code value} is a JSON text. */
public record Result(long seq, int node, Instant at, Optional<String> item, byte[] value) {
    /**
     * {@code {"seq":17,"node":2,"at":"…","item":"…","value":…}}: the one form in which a result is
     * shown.
     */
    public byte[] json() {
        ObjectNode head = Json.object().put("seq", seq).put("node", node).put("at", at.toString());
        item.ifPresent(id -> head.put("item", id));
        return Json.bytesWith(head, "value", value);
    }
}
