package io.erlust.jobs.spec;

import io.erlust.json.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How a spec is stored: a JSON text without its source and args, which are stored beside it. Fields
 * that came after the first release are written only when they say something: a job that does not
 * use them keeps its text, and so its fingerprint, over an upgrade.
 */
public final class JobSpecJson {
    private JobSpecJson() {}

    /** The spec without its source and args. */
    public static String text(JobSpec spec) {
        ObjectNode json = Json.object();
        json.put("id", spec.id().value());
        json.set("when", LifeJson.when(spec.when()));
        json.put("language", spec.language());
        json.put("num_of_nodes", spec.nodes());
        spec.callbackUrl().ifPresent(url -> json.put("callback_url", url.toString()));
        spec.secret().ifPresent(secret -> json.put("security_hash", secret));
        json.put("queue", spec.queue());
        json.set("env", texts(spec.env()));
        LifeJson.put(json, spec.life());
        SettingsJson.restart(json.putObject("restart"), spec.restart());
        json.set("produces", strings(spec.produces()));
        json.set("labels", texts(spec.labels()));
        if (!spec.links().isEmpty()) {
            json.set("links", ids(spec.links()));
        }
        SettingsJson.node(json, spec.nodeSettings());
        return Json.text(json);
    }

    /** The spec with an empty source and args of {@code null}. */
    public static JobSpec read(String text) {
        JsonNode json = Json.parse(text);
        return new JobSpec(
                new JobId(json.path("id").stringValue()),
                LifeJson.read(json),
                json.path("language").stringValue(),
                json.path("num_of_nodes").intValue(),
                "",
                optional(json.get("callback_url")).map(URI::create),
                optional(json.get("security_hash")),
                json.path("queue").stringValue(),
                "null",
                readTexts(json.path("env")),
                SettingsJson.readRestart(json.path("restart")),
                readStrings(json.path("produces")),
                readTexts(json.path("labels")),
                readIds(json.path("links")),
                SettingsJson.readNode(json));
    }

    /**
     * Equal for equal content, the secret included, and only then: in an object of {@code args} the
     * order of the names makes no difference.
     */
    public static String fingerprint(JobSpec spec) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        // the first two are JSON texts without raw newlines, so no two contents share one text
        digest.update(utf8(text(spec) + '\n'));
        digest.update(utf8(Json.text(sorted(Json.parse(spec.args()))) + '\n'));
        digest.update(utf8(spec.source()));
        return HexFormat.of().formatHex(digest.digest());
    }

    /** As an array of strings. */
    public static ArrayNode ids(List<JobId> jobs) {
        return strings(jobs.stream().map(JobId::value).toList());
    }

    static List<JobId> readIds(JsonNode array) {
        return readStrings(array).stream().map(JobId::new).toList();
    }

    /** As an array. */
    public static ArrayNode strings(List<String> values) {
        ArrayNode array = Json.array();
        values.forEach(array::add);
        return array;
    }

    /** As an object. */
    public static ObjectNode texts(Map<String, String> values) {
        ObjectNode object = Json.object();
        values.forEach(object::put);
        return object;
    }

    private static List<String> readStrings(JsonNode array) {
        return array.values().stream().map(JsonNode::stringValue).toList();
    }

    private static Map<String, String> readTexts(JsonNode object) {
        Map<String, String> texts = new TreeMap<>();
        object.properties()
                .forEach(entry -> texts.put(entry.getKey(), entry.getValue().stringValue()));
        return texts;
    }

    private static Optional<String> optional(@Nullable JsonNode text) {
        return Optional.ofNullable(text).map(JsonNode::stringValue);
    }

    private static JsonNode sorted(JsonNode node) {
        if (node.isArray()) {
            ArrayNode array = Json.array();
            node.values().forEach(each -> array.add(sorted(each)));
            return array;
        }
        if (!node.isObject()) {
            return node;
        }
        Map<String, JsonNode> members = new TreeMap<>();
        node.properties().forEach(entry -> members.put(entry.getKey(), sorted(entry.getValue())));
        ObjectNode object = Json.object();
        members.forEach(object::set);
        return object;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
