package io.erlust.jobs;

import io.erlust.json.Json;
import io.erlust.time.Rate;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * Nodes as JSON: the same in the store and in answers, but that these also have {@code server} and
 * how fast a node is.
 */
final class NodeJson {
    private NodeJson() {}

    static String text(List<NodeStatus> nodes) {
        ArrayNode array = Json.array();
        nodes.forEach(node -> array.add(write(node, NodeJson::progress)));
        return Json.text(array);
    }

    static ObjectNode write(NodeStatus node) {
        return write(node, NodeJson::paced);
    }

    private static ObjectNode write(
            NodeStatus node, Function<NodeStatus.Progress, JsonNode> progress) {
        ObjectNode json = Json.object();
        json.put("rank", node.rank());
        json.put("state", node.state());
        json.put("pid", boxed(node.pid()));
        json.put("exit", node.exit().orElse(null));
        json.put("stderr", node.stderr().orElse(null));
        json.put("restarts", node.restarts());
        json.put("items", node.items());
        json.set("progress", node.progress().map(progress).orElse(null));
        return json;
    }

    private static JsonNode paced(NodeStatus.Progress progress) {
        ObjectNode json = progress(progress);
        OptionalDouble rate = progress.rate();
        json.put("rate", rate.isPresent() ? Rate.rounded(rate.getAsDouble()) : null);
        json.put("left_ms", progress.left().map(Duration::toMillis).orElse(null));
        return json;
    }

    private static ObjectNode progress(NodeStatus.Progress progress) {
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
