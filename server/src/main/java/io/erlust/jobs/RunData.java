package io.erlust.jobs;

import io.erlust.jobs.spec.JobId;
import io.erlust.json.Json;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.List;

/** What an application is told of a run: the types, and the {@code data} that goes with each. */
public final class RunData {
    public static final String STARTED = "job.started";
    public static final String RESULTS = "job.results";
    public static final String RETRYING = "job.retrying";

    /** It stays small: the whole reason is at {@code GET /v1/jobs/{id}}. */
    private static final int REASON_CHARS_MAX = 8000;

    private static final int EXITS_MAX = 20;

    private RunData() {}

    public static byte[] started(JobId job, int run, Instant at) {
        ObjectNode data = of(job, run).put("state", JobState.RUNNING.wire());
        return Json.bytes(data.put("started_at", at.toString()));
    }

    /** Results, at least one, whose values are never parsed. */
    public static byte[] results(JobId job, int run, List<Result> results) {
        ObjectNode data = of(job, run)
                .put("seq", results.getLast().seq())
                .put("first_seq", results.getFirst().seq());
        ByteArrayOutputStream array = new ByteArrayOutputStream(1024);
        array.write('[');
        for (Result result : results) {
            if (array.size() > 1) {
                array.write(',');
            }
            array.writeBytes(result.json());
        }
        array.write(']');
        return Json.bytesWith(data, "results", array.toByteArray());
    }

    public static byte[] end(JobId job, int run, long lastSeq, RunEnding ending) {
        ObjectNode data = of(job, run).put("state", ending.state());
        // a run's results are numbered from 1 without gaps: the last number is also how many
        data.put("seq", lastSeq).put("results_count", lastSeq);
        ending.reason()
                .ifPresentOrElse(
                        reason -> data.put("reason", cut(reason)), () -> data.putNull("reason"));
        ending.startedAt().ifPresent(at -> data.put("started_at", at.toString()));
        ending.endedAt().ifPresent(at -> data.put("ended_at", at.toString()));
        data.set("nodes", nodes(ending.nodes()));
        return Json.bytes(data);
    }

    private static ObjectNode of(JobId job, int run) {
        return Json.object().put("job", job.value()).put("run", run);
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
