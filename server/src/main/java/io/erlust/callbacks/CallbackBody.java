package io.erlust.callbacks;

import io.erlust.jobs.Result;
import io.erlust.jobs.spec.JobId;
import io.erlust.json.Json;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Writes the bodies of callbacks. */
final class CallbackBody {
    static final String RESULTS = "job.results";

    /** A body stays small: the whole reason is at {@code GET /v1/jobs/{id}}. */
    private static final int REASON_CHARS_MAX = 8000;

    private static final int EXITS_MAX = 20;
    private static final byte[] ARRAY = ",\"results\":[".getBytes(StandardCharsets.UTF_8);
    private static final byte[] END = "]}}".getBytes(StandardCharsets.UTF_8);

    private CallbackBody() {}

    /**
     * How a run ended.
     *
     * @param retried it failed and another attempt follows
     * @param nodes what the store has of its nodes, in JSON
     */
    record Ending(
            String state,
            boolean retried,
            Optional<String> reason,
            Optional<Instant> startedAt,
            Optional<Instant> endedAt,
            JsonNode nodes) {
        String type() {
            return retried ? "job.retrying" : "job." + state;
        }
    }

    /** {@code job.results}: around the results, whose values are never parsed. */
    static byte[] results(JobId job, int run, List<Result> results, Instant now) {
        ObjectNode body = envelope(RESULTS, now);
        ObjectNode data = body.putObject("data");
        data.put("job", job.value()).put("run", run);
        data.put("seq", results.getLast().seq())
                .put("first_seq", results.getFirst().seq());
        byte[] head = Json.bytes(body);
        ByteArrayOutputStream out = new ByteArrayOutputStream(head.length + 1024);
        out.write(head, 0, head.length - 2); // without the two closing braces
        out.writeBytes(ARRAY);
        boolean first = true;
        for (Result result : results) {
            if (!first) {
                out.write(',');
            }
            first = false;
            out.writeBytes(result.json());
        }
        out.writeBytes(END);
        return out.toByteArray();
    }

    /** {@code job.completed}, {@code job.failed}, {@code job.cancelled} or {@code job.retrying}. */
    static byte[] end(JobId job, int run, long lastSeq, Ending ending, Instant now) {
        ObjectNode body = envelope(ending.type(), now);
        ObjectNode data = body.putObject("data");
        data.put("job", job.value()).put("run", run).put("state", ending.state());
        // a run's results are numbered from 1 without gaps: the last number is also how many
        data.put("seq", lastSeq).put("results_count", lastSeq);
        ending.reason()
                .ifPresentOrElse(
                        reason -> data.put("reason", cut(reason)), () -> data.putNull("reason"));
        ending.startedAt().ifPresent(at -> data.put("started_at", at.toString()));
        ending.endedAt().ifPresent(at -> data.put("ended_at", at.toString()));
        data.set("nodes", nodes(ending.nodes()));
        return Json.bytes(body);
    }

    private static ObjectNode envelope(String type, Instant now) {
        return Json.object().put("type", type).put("timestamp", now.toString());
    }

    /** {@code {"count":4,"restarts":1,"items":900,"exits":{"normal":3,"signal 9":1}}}. */
    private static ObjectNode nodes(JsonNode nodes) {
        long restarts = 0;
        long items = 0;
        ObjectNode exits = Json.object();
        for (JsonNode node : nodes.values()) {
            restarts += node.path("restarts").asLong(0);
            items += node.path("items").asLong(0);
            String exit = node.path("exit").asString("");
            if (!exit.isEmpty() && (exits.has(exit) || exits.size() < EXITS_MAX)) {
                exits.put(exit, exits.path(exit).asLong(0) + 1);
            }
        }
        ObjectNode summary = Json.object();
        summary.put("count", nodes.size()).put("restarts", restarts).put("items", items);
        summary.set("exits", exits);
        return summary;
    }

    /** The end of a long reason is the part that tells. */
    private static String cut(String reason) {
        return reason.length() <= REASON_CHARS_MAX
                ? reason
                : "…" + reason.substring(reason.length() - REASON_CHARS_MAX);
    }
}
