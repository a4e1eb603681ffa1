package io.erlust.api;

import io.erlust.api.http.EventStream;
import io.erlust.api.http.Exchange;
import io.erlust.api.http.Route;
import io.erlust.api.http.StreamSlots;
import io.erlust.jobs.Job;
import io.erlust.jobs.JobJson;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.spec.JobId;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * {@code /v1/jobs/{id}/events}: what happens to a job, as it happens, until its run has ended.
 * Begins with the state it is in, or behind {@code Last-Event-ID}.
 */
final class JobEventsResource {
    private final Jobs jobs;
    private final JobEventLog log;
    private final EventJson json;
    private final Duration heartbeat;
    private final StreamSlots slots;
    private final JobPath path;

    JobEventsResource(ApiParts parts, Duration heartbeat, StreamSlots slots) {
        this.jobs = parts.jobs();
        this.log = parts.eventLog();
        this.json =
                new EventJson(new JobJson(parts.server().name(), parts.server().isolation()));
        this.heartbeat = heartbeat;
        this.slots = slots;
        this.path = new JobPath(jobs);
    }

    List<Route> routes() {
        return List.of(Route.get("/v1/jobs/{id}/events", this::follow));
    }

    private void follow(Exchange exchange) throws Exception {
        exchange.query().end();
        JobId id = path.job(exchange).id();
        Optional<String> lastId = exchange.header("Last-Event-ID").filter(text -> !text.isEmpty());
        long now = log.begin(id);
        OptionalLong seen = lastId.map(log::number).orElse(OptionalLong.empty());
        if (seen.isPresent() && isAtEnd(id, seen.getAsLong())) {
            exchange.empty(204); // tells an EventSource not to come again
            return;
        }
        try (StreamSlots.Slot _ = slots.take();
                EventStream stream = EventStream.begin(exchange)) {
            if (exchange.isHead()) {
                return;
            }
            long from = now;
            boolean ended = false;
            if (seen.isPresent() && log.after(id, seen.getAsLong()).isPresent()) {
                from = seen.getAsLong();
            } else {
                ended = snapshot(stream, id, now, lastId.isPresent());
            }
            if (!ended) {
                follow(stream, id, from);
            }
        }
    }

    /** Nothing has happened since, and nothing more can. */
    private boolean isAtEnd(JobId id, long seen) {
        boolean isCurrent = log.after(id, seen).map(List::isEmpty).orElse(false);
        return isCurrent && jobs.get(id).map(job -> job.state().isFinal()).orElse(true);
    }

    private void follow(EventStream stream, JobId id, long from) throws Exception {
        long at = from;
        boolean ended = false;
        while (!ended && !log.isClosed()) {
            log.await(id, at, heartbeat);
            Optional<List<EventRing.Entry>> news = log.after(id, at);
            if (news.isEmpty()) {
                at = log.begin(id);
                ended = snapshot(stream, id, at, true);
            } else if (news.get().isEmpty()) {
                stream.comment("alive");
            } else {
                for (EventRing.Entry entry : news.get()) {
                    at = entry.number();
                    if (write(stream, entry)) {
                        ended = true;
                        break; // what follows is of the next run: who comes back sees it
                    }
                }
                stream.flush();
            }
        }
    }

    /** The job as it is, after a gap if there is one; true when its run has ended. */
    private boolean snapshot(EventStream stream, JobId id, long number, boolean isGap)
            throws IOException {
        if (isGap) {
            stream.event(log.id(number), "gap", EventJson.gap(id));
        }
        Optional<Job> job = jobs.get(id);
        if (job.isPresent()) {
            stream.event(log.id(number), "state", EventJson.state(job.get()));
        }
        stream.flush();
        return job.map(found -> found.state().isFinal()).orElse(true);
    }

    private boolean write(EventStream stream, EventRing.Entry entry) throws IOException {
        String id = log.id(entry.number());
        return switch (entry.content()) {
            case EventRing.Content.State state -> {
                stream.event(id, "state", state.json());
                yield state.isEnd();
            }
            case EventRing.Content.Node node -> {
                stream.event(id, "node", json.node(node.event()));
                yield false;
            }
            case EventRing.Content.Results results -> {
                stream.event(id, "results", EventJson.results(results.event()));
                yield false;
            }
            case EventRing.Content.CancelRequested request -> {
                stream.event(id, "cancel_requested", EventJson.cancelRequested(request.event()));
                yield false;
            }
        };
    }
}
