package io.erlust.json;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.nio.charset.StandardCharsets;

/**
 * The one JSON mapper: duplicate keys, trailing data and nesting past {@value #DEPTH_MAX} are
 * errors. Erlust maps nothing by reflection; it reads and writes trees, so what is on the wire
 * stands in the code.
 */
public final class Json {
    public static final int DEPTH_MAX = 200;

    /** Values, names and brackets of one text: its tree is many times as large as it is. */
    public static final int TOKENS_MAX = 1_000_000;

    private static final StreamReadConstraints LIMITS = StreamReadConstraints.builder()
            .maxNestingDepth(DEPTH_MAX)
            .maxStringLength(32 << 20)
            .maxNumberLength(1000)
            .build();

    /** Well-formedness only, for items and results: they are not ours to interpret. */
    static final JsonFactory ITEMS =
            JsonFactory.builder().streamReadConstraints(LIMITS).build();

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(
                            LIMITS.rebuild().maxTokenCount(TOKENS_MAX).build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // what passes through keeps its digits: a double would change 1e400
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private Json() {}

    /** Reads exactly one JSON value. */
    public static JsonNode parse(byte[] utf8) {
        try {
            JsonNode node = MAPPER.readTree(utf8);
            if (node.isMissingNode()) {
                throw new InvalidJson("expected a JSON value, got an empty text");
            }
            return node;
        } catch (JacksonException e) {
            throw new InvalidJson(describe(e));
        }
    }

    public static JsonNode parse(String text) {
        return parse(text.getBytes(StandardCharsets.UTF_8));
    }

    public static byte[] bytes(JsonNode node) {
        return MAPPER.writeValueAsBytes(node);
    }

    /** The object, which must not be empty, with one more member: a JSON text, never parsed. */
    public static byte[] bytesWith(ObjectNode object, String name, byte[] value) {
        byte[] members = bytes(object);
        byte[] key = (",\"" + name + "\":").getBytes(StandardCharsets.UTF_8);
        byte[] all = new byte[members.length + key.length + value.length];
        System.arraycopy(members, 0, all, 0, members.length - 1);
        System.arraycopy(key, 0, all, members.length - 1, key.length);
        System.arraycopy(value, 0, all, members.length - 1 + key.length, value.length);
        all[all.length - 1] = '}';
        return all;
    }

    public static String text(JsonNode node) {
        return MAPPER.writeValueAsString(node);
    }

    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    public static ArrayNode array() {
        return MAPPER.createArrayNode();
    }

    static String describe(JacksonException e) {
        var at = e.getLocation();
        // what it says in brackets is for who sets up the parser
        String message = e.getOriginalMessage()
                .replaceAll(", from `[^`]*`", "")
                .replaceAll("(?s)^Trailing token .*", "expected one JSON value, got two");
        return at == null
                ? message
                : message + " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
    }
}
