package io.erlust.jobs;

import io.erlust.jobs.spec.JobSpec;
import io.erlust.jobs.spec.JobSpecJson;
import io.erlust.jobs.spec.LifeJson;
import io.erlust.jobs.spec.Words;
import io.erlust.json.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The one form in which a job is shown. Every field is always there; what there is not is null. */
public final class JobJson {
    private final String server;
    private final String isolation;

    /**
     * @param server the name of the server whose nodes are shown
     * @param isolation how they are kept apart from the machine
     */
    public JobJson(String server, String isolation) {
        this.server = server;
        this.isolation = isolation;
    }

    /**
     * Renders a job.
     *
     * @param nodes its live nodes while it runs; {@code job.nodes()} when nobody knows better
     * @param waitingFor why it has not started, when it has not
     * @param results how many results this run has emitted
     */
    public ObjectNode write(
            Job job, List<NodeStatus> nodes, Optional<WaitingFor> waitingFor, long results) {
        JobSpec spec = job.spec();
        ObjectNode json = Json.object();
        json.put("id", job.id().value());
        json.put("run", job.run());
        json.put("state", job.state().wire());
        json.put("reason", job.reason().orElse(null));
        json.set("when", LifeJson.when(spec.when()));
        json.put("language", spec.language());
        json.put("num_of_nodes", spec.nodes());
        ArrayNode array = json.putArray("nodes");
        nodes.forEach(node -> array.add(node(node)));
        json.set("waiting_for", waitingFor.map(JobJson::waiting).orElse(null));
        json.put("isolation", isolation);
        json.put("created_at", job.createdAt().toString());
        json.put("started_at", time(job.startedAt()));
        json.put("ended_at", time(job.endedAt()));
        json.put("due_at", time(job.state() == JobState.SCHEDULED ? due(job) : Optional.empty()));
        json.put("expires_at", time(job.times().expiresAt()));
        json.put("paused", job.paused());
        json.put("attempt", job.attempt());
        json.put("job_attempts", spec.life().attempts());
        json.put("priority", spec.life().priority());
        json.put("queue", spec.queue());
        json.set("labels", JobSpecJson.texts(spec.labels()));
        json.set("produces", JobSpecJson.strings(spec.produces()));
        json.put("results", results);
        json.put("callback_url", spec.callbackUrl().map(Object::toString).orElse(null));
        return json;
    }

    /** One node, as in a job and in events. */
    public ObjectNode node(NodeStatus node) {
        return NodeJson.write(node).put("server", server);
    }

    private static JsonNode waiting(WaitingFor waitingFor) {
        ObjectNode json = Json.object();
        switch (waitingFor) {
            case WaitingFor.Time time ->
                json.put("kind", "time").put("at", time.at().toString());
            case WaitingFor.Retry retry ->
                json.put("kind", "retry")
                        .put("at", retry.at().toString())
                        .put("attempt", retry.attempt())
                        .put("of", retry.of());
            case WaitingFor.After after -> {
                json.put("kind", "after");
                json.set("jobs", JobSpecJson.ids(after.jobs()));
                json.put("on", Words.wire(after.on()));
            }
            case WaitingFor.Manual manual -> json.put("kind", "manual");
            case WaitingFor.Paused paused -> json.put("kind", "paused");
            case WaitingFor.Nodes nodes -> {
                json.put("kind", "nodes");
                json.put("needed", nodes.needed());
                json.put("free", nodes.free());
                json.put("place", nodes.place().isPresent() ? nodes.place().getAsInt() : null);
                nodes.behind().ifPresent(job -> json.put("behind", job.value()));
            }
        }
        return json;
    }

    /** One run, as in the list of a job's runs. */
    public ObjectNode run(JobRun run, long results) {
        ObjectNode json = Json.object();
        json.put("run", run.run());
        json.put("attempt", run.attempt());
        json.put("state", run.state().wire());
        json.put("reason", run.reason().orElse(null));
        json.put("started_at", time(run.startedAt()));
        json.put("ended_at", time(run.endedAt()));
        json.put("results", results);
        ArrayNode array = json.putArray("nodes");
        run.nodes().forEach(node -> array.add(node(node)));
        return json;
    }

    private static Optional<Instant> due(Job job) {
        return job.times().due().map(Times.Due::at);
    }

    private static @Nullable String time(Optional<Instant> at) {
        return at.map(Instant::toString).orElse(null);
    }
}
