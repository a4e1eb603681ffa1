package io.erlust.queues;

import io.erlust.json.InvalidJson;
import io.erlust.json.Json;
import io.erlust.json.Lines;
import io.erlust.queues.BrokerQueue.Message;

import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * What a broker delivered at once: messages that are items, and others. Anybody may have published
 * anything.
 *
 * @param good their bodies are one JSON text on one line each
 */
record Arrivals(List<Message> good, List<Bad> bad) {
    /**
     * Not an item.
     *
     * @param item what is kept of it: itself if it is JSON, else its text as a JSON string; bytes
     *     that are no text as {@code {"base64": …}}
     */
    record Bad(Message message, String error, byte[] item) {}

    static Arrivals sort(List<Message> messages) {
        if (isGood(messages)) {
            return new Arrivals(onOneLineEach(messages), List.of());
        }
        List<Message> good = new ArrayList<>();
        List<Bad> bad = new ArrayList<>();
        for (Message message : messages) {
            if (isGood(List.of(message))) {
                good.add(message);
            } else {
                bad.add(bad(message));
            }
        }
        return new Arrivals(onOneLineEach(good), bad);
    }

    private static List<Message> onOneLineEach(List<Message> messages) {
        return messages.stream()
                .map(each -> new Message(
                        each.tag(),
                        each.id(),
                        each.redelivered(),
                        each.putAt(),
                        Lines.oneLine(each.body())))
                .toList();
    }

    private static boolean isGood(List<Message> messages) {
        Lines lines = Lines.of(messages.stream().map(Message::body).toArray(byte[][]::new));
        try {
            lines.check();
            text(lines.bytes()); // the check may pass over a string without looking into it
        } catch (InvalidJson | CharacterCodingException _) {
            return false;
        }
        return lines.lengthMax() <= Queues.ITEM_BYTES_MAX;
    }

    private static Bad bad(Message message) {
        byte[] body = message.body();
        String text;
        try {
            text = text(body);
        } catch (CharacterCodingException _) {
            ObjectNode bytes = Json.object();
            bytes.put("base64", Base64.getEncoder().encodeToString(body));
            return new Bad(message, error("invalid_json", "not UTF-8"), Json.bytes(bytes));
        }
        try {
            Lines.of(body).check();
        } catch (InvalidJson e) {
            byte[] item = Json.bytes(StringNode.valueOf(text));
            return new Bad(message, error("invalid_json", String.valueOf(e.getMessage())), item);
        }
        String tooLong =
                "expected at most " + Queues.ITEM_BYTES_MAX + " bytes of JSON, got " + body.length;
        return new Bad(message, error("item_too_large", tooLong), Lines.oneLine(body));
    }

    private static String text(byte[] utf8) throws CharacterCodingException {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    }

    private static String error(String type, String message) {
        return Json.text(Json.object().put("type", type).put("message", message));
    }
}
