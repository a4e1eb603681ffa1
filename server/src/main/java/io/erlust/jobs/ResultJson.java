package io.erlust.jobs;

import io.erlust.json.Json;

import tools.jackson.databind.node.ObjectNode;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes a result around its value, which is never parsed. */
final class ResultJson {
    private static final byte[] VALUE = ",\"value\":".getBytes(StandardCharsets.UTF_8);

    private ResultJson() {}

    static byte[] write(Result result) {
        ObjectNode head = Json.object();
        head.put("seq", result.seq());
        head.put("node", result.node());
        head.put("at", result.at().toString());
        result.item().ifPresent(item -> head.put("item", item));
        byte[] start = Json.bytes(head);
        ByteArrayOutputStream out =
                new ByteArrayOutputStream(start.length + VALUE.length + result.value().length);
        out.write(start, 0, start.length - 1);
        out.writeBytes(VALUE);
        out.writeBytes(result.value());
        out.write('}');
        return out.toByteArray();
    }
}
