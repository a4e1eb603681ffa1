package io.erlust.api;

import io.erlust.api.http.Body;
import io.erlust.api.http.Exchange;
import io.erlust.api.http.Query;
import io.erlust.api.http.Route;
import io.erlust.jobs.Job;
import io.erlust.jobs.JobQuery;
import io.erlust.jobs.JobRun;
import io.erlust.jobs.JobState;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.spec.JobId;
import io.erlust.json.Json;

import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;

/** {@code /v1/jobs}: submit, list, look at, start, cancel, run again. */
final class JobsResource {
    private final Jobs jobs;
    private final SubmissionReader reader;
    private final JobView view;
    private final JobPath path;
    private final int jobBytesMax;
    private final PutRoom room;

    /** @param jobBytesMax of one job that is submitted */
    JobsResource(ApiParts parts, int jobBytesMax, PutRoom room) {
        this.jobs = parts.jobs();
        this.jobBytesMax = jobBytesMax;
        this.room = room;
        this.reader = new SubmissionReader(parts.specs(), parts.targets());
        this.view = new JobView(parts);
        this.path = new JobPath(jobs);
    }

    List<Route> routes() {
        return List.of(
                Route.post("/v1/jobs", this::submit),
                Route.get("/v1/jobs", this::list),
                Route.get("/v1/jobs/{id}", this::get),
                Route.post("/v1/jobs/{id}/start", exchange -> act(exchange, jobs::start)),
                Route.post("/v1/jobs/{id}/cancel", exchange -> act(exchange, jobs::cancel)),
                Route.post("/v1/jobs/{id}/retry", exchange -> act(exchange, jobs::retry)),
                Route.post("/v1/jobs/{id}/pause", exchange -> act(exchange, jobs::pause)),
                Route.post("/v1/jobs/{id}/resume", exchange -> act(exchange, jobs::resume)),
                Route.get("/v1/jobs/{id}/runs", this::runs));
    }

    private void submit(Exchange exchange) throws IOException {
        exchange.query().end();
        Body body = exchange.body();
        if (body.mediaType().equals(Body.NDJSON)) {
            JobUpload upload = new JobUpload(jobs, reader::read, body, jobBytesMax, room);
            exchange.bytes(202, Body.JSON, upload.run());
            return;
        }
        Jobs.Submission submission = reader.read(body.json());
        Jobs.Submitted submitted = jobs.submit(submission.spec(), submission.pointer());
        exchange.answerHeader("Location", "/v1/jobs/" + submitted.job().id());
        exchange.json(submitted.existed() ? 200 : 202, view.of(submitted.job()));
    }

    private void list(Exchange exchange) throws IOException {
        Query query = exchange.query();
        Optional<JobState> state = query.text("state").map(JobsResource::state);
        List<String> labels = labels(query);
        int limit = (int) query.integer("limit", 1, JobQuery.LIMIT_MAX, 100);
        OptionalLong before = query.integer("after", 1, Long.MAX_VALUE)
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
        query.end();
        List<Job> page = jobs.list(new JobQuery(state, labels, limit, before));
        ObjectNode json = Json.object();
        ArrayNode array = json.putArray("jobs");
        page.forEach(job -> array.add(view.of(job)));
        json.put(
                "next",
                page.size() < limit ? null : Long.toString(page.getLast().serial()));
        exchange.json(200, json);
    }

    private void get(Exchange exchange) throws IOException {
        exchange.query().end();
        exchange.json(200, view.of(path.job(exchange)));
    }

    private void runs(Exchange exchange) throws IOException {
        Query query = exchange.query();
        int limit = (int) query.integer("limit", 1, JobQuery.LIMIT_MAX, 100);
        int before = (int) query.integer("after", 1, Integer.MAX_VALUE, Integer.MAX_VALUE);
        query.end();
        Job job = path.job(exchange);
        ObjectNode json = Json.object();
        ArrayNode array = json.putArray("runs");
        List<JobRun> page = jobs.runs(job, before, limit);
        page.forEach(run -> array.add(view.of(job, run)));
        json.put(
                "next",
                page.size() < limit ? null : Integer.toString(page.getLast().run()));
        exchange.json(200, json);
    }

    private void act(Exchange exchange, Function<JobId, Job> verb) throws IOException {
        exchange.query().end();
        exchange.json(202, view.of(verb.apply(JobPath.id(exchange))));
    }

    private static JobState state(String wire) {
        return Arrays.stream(JobState.values())
                .filter(state -> state.wire().equals(wire))
                .findFirst()
                .orElseThrow(() -> Query.invalid(
                        "state",
                        Arrays.stream(JobState.values())
                                .map(JobState::wire)
                                .collect(Collectors.joining(", ", "one of ", "")),
                        wire));
    }

    private static List<String> labels(Query query) {
        List<String> labels = query.texts("label");
        if (labels.size() > JobQuery.LABELS_MAX) {
            throw Query.invalid(
                    "label",
                    "at most " + JobQuery.LABELS_MAX + " of it",
                    Integer.toString(labels.size()));
        }
        for (String label : labels) {
            if (label.isEmpty() || label.startsWith("=")) {
                throw Query.invalid("label", "name=value, or a name alone", label);
            }
        }
        return labels;
    }
}
