package io.erlust.api;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobJson;
import io.erlust.jobs.spec.JobId;
import io.erlust.json.Json;

import tools.jackson.databind.node.ObjectNode;

import java.time.Instant;

/** The data of a job's events. Each says the job's id; most say the run. */
final class EventJson {
    private final JobJson jobs;

    /** @param jobs how nodes are shown */
    EventJson(JobJson jobs) {
        this.jobs = jobs;
    }

    static byte[] state(Job job) {
        ObjectNode json = of(job.id(), job.run());
        json.put("state", job.state().wire());
        json.put("reason", job.reason().orElse(null));
        json.put("started_at", job.startedAt().map(Instant::toString).orElse(null));
        json.put("ended_at", job.endedAt().map(Instant::toString).orElse(null));
        return Json.bytes(json);
    }

    byte[] node(JobEvent.NodeChanged event) {
        ObjectNode json = of(event.job(), event.run());
        json.set("node", jobs.node(event.node()));
        return Json.bytes(json);
    }

    static byte[] results(JobEvent.ResultsAppended event) {
        return Json.bytes(of(event.job(), event.run()).put("last_seq", event.lastSeq()));
    }

    static byte[] cancelRequested(JobEvent.CancelRequested event) {
        return Json.bytes(Json.object().put("id", event.job().value()));
    }

    static byte[] gap(JobId job) {
        return Json.bytes(Json.object()
                .put("id", job.value())
                .put("detail", "events were forgotten here; the state that follows is current"));
    }

    private static ObjectNode of(JobId job, int run) {
        return Json.object().put("id", job.value()).put("run", run);
    }
}
