package io.erlust.callbacks;

import io.erlust.jobs.Result;
import io.erlust.jobs.RunData;
import io.erlust.jobs.RunEnding;
import io.erlust.jobs.spec.JobId;
import io.erlust.json.Json;

import tools.jackson.databind.node.ObjectNode;

import java.time.Instant;
import java.util.List;

/** Writes the bodies of callbacks. */
final class CallbackBody {
    private CallbackBody() {}

    static byte[] results(JobId job, int run, List<Result> results, Instant now) {
        return of(RunData.RESULTS, now, RunData.results(job, run, results));
    }

    /** {@code job.completed}, {@code job.failed}, {@code job.cancelled} or {@code job.retrying}. */
    static byte[] end(JobId job, int run, long lastSeq, RunEnding ending, Instant now) {
        return of(ending.type(), now, RunData.end(job, run, lastSeq, ending));
    }

    private static byte[] of(String type, Instant now, byte[] data) {
        ObjectNode envelope = Json.object().put("type", type).put("timestamp", now.toString());
        return Json.bytesWith(envelope, "data", data);
    }
}
