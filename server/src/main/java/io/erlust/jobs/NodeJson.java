package io.erlust.jobs;

import io.erlust.json.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Nodes as JSON: the same in the store and in answers, where {@code server} is added. */
final class NodeJson {
    private NodeJson() {}

    static String text(List<NodeStatus> nodes) {
        ArrayNode array = Json.array();
        nodes.forEach(node -> array.add(write(node)));
        return Json.text(array);
    }

    static ObjectNode write(NodeStatus node) {
        ObjectNode json = Json.object();
        json.put("rank", node.rank());
        json.put("state", node.state());
        json.put("pid", boxed(node.pid()));
        json.put("exit", node.exit().orElse(null));
        json.put("stderr", node.stderr().orElse(null));
        json.put("restarts", node.restarts());
        json.put("items", node.items());
        json.set("progress", node.progress().map(NodeJson::progress).orElse(null));
        return json;
    }

    private static JsonNode progress(NodeStatus.Progress progress) {
        ObjectNode json = Json.object();
        json.put("done", progress.done());
        json.put("total", boxed(progress.total()));
        json.put("note", progress.note().orElse(null));
        return json;
    }

    static List<NodeStatus> read(String text) {
        return Json.parse(text).values().stream().map(NodeJson::read).toList();
    }

    private static NodeStatus read(JsonNode json) {
        return new NodeStatus(
                json.path("rank").intValue(),
                json.path("state").stringValue(),
                number(json.get("pid")),
                string(json.get("exit")),
                string(json.get("stderr")),
                json.path("restarts").intValue(),
                json.path("items").longValue(),
                present(json.get("progress"))
                        .map(progress -> new NodeStatus.Progress(
                                progress.path("done").longValue(),
                                number(progress.get("total")),
                                string(progress.get("note")))));
    }

    private static @Nullable Long boxed(OptionalLong number) {
        return number.isPresent() ? number.getAsLong() : null;
    }

    private static Optional<JsonNode> present(@Nullable JsonNode json) {
        return json == null || json.isNull() ? Optional.empty() : Optional.of(json);
    }

    private static OptionalLong number(@Nullable JsonNode json) {
        return present(json)
                .map(value -> OptionalLong.of(value.longValue()))
                .orElse(OptionalLong.empty());
    }

    private static Optional<String> string(@Nullable JsonNode json) {
        return present(json).map(JsonNode::stringValue);
    }
}
