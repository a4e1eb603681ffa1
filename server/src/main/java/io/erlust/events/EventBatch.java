package io.erlust.events;

import io.erlust.events.EventRows.Row;
import io.erlust.events.EventRows.Told;
import io.erlust.jobs.Result;
import io.erlust.jobs.ResultBatch;
import io.erlust.jobs.Results;
import io.erlust.jobs.RunData;
import io.erlust.jobs.RunEnding;
import io.erlust.jobs.spec.JobId;
import io.erlust.json.Json;

import org.jdbi.v3.core.Handle;

import tools.jackson.databind.node.ObjectNode;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes events of rows of the outbox: as many as are sent at once, always the same of a row. */
final class EventBatch {
    static final int EVENTS_MAX = 100;

    /** With these it is full; the one that fills it may be longer. */
    private static final long BYTES_MAX = 1 << 20;

    private final Handle handle;
    private final List<Event> events = new ArrayList<>();
    private Optional<Told> told = Optional.empty();
    private int gone;
    private long bytes;

    private EventBatch(Handle handle) {
        this.handle = handle;
    }

    static EventBatch of(Handle handle, List<Row> rows) {
        EventBatch batch = new EventBatch(handle);
        for (Row row : rows) {
            if (batch.isFull()) {
                break;
            }
            batch.add(row);
        }
        return batch;
    }

    List<Event> events() {
        return events;
    }

    /** How far the outbox is told when these events are. */
    Optional<Told> told() {
        return told;
    }

    /** Rows of which there is nothing left to tell: their run was pruned. */
    int gone() {
        return gone;
    }

    private boolean isFull() {
        return events.size() >= EVENTS_MAX || bytes >= BYTES_MAX;
    }

    private void add(Row row) {
        int before = events.size();
        long next = 0;
        if (row.name().isPresent()) {
            JobId job = row.name().get();
            switch (row.type()) {
                case RunData.STARTED ->
                    add(row, job, row.id(), row.at(), RunData.started(job, row.run(), row.at()));
                case RunData.RESULTS -> next = addResults(row, job);
                default -> addEnd(row, job);
            }
        }
        gone += events.size() == before ? 1 : 0;
        told = Optional.of(new Told(row.serial(), next));
    }

    /** Answers the next one when there was no room for all, else 0. */
    private long addResults(Row row, JobId job) {
        long next = row.first();
        while (next <= row.last()) {
            if (isFull()) {
                return next;
            }
            List<Result> results = ResultBatch.read(
                            handle,
                            row.job(),
                            row.run(),
                            next - 1,
                            row.last(),
                            ResultBatch.RESULTS_MAX,
                            ResultBatch.BYTES_MAX)
                    .results();
            if (results.isEmpty()) {
                return 0;
            }
            String id = row.id() + '.' + results.getFirst().seq();
            byte[] data = RunData.results(job, row.run(), results);
            add(row, job, id, results.getLast().at(), data);
            next = results.getLast().seq() + 1;
        }
        return 0;
    }

    private void addEnd(Row row, JobId job) {
        Optional<RunEnding> ending = RunEnding.find(handle, row.job(), row.run());
        if (ending.isPresent()) {
            long results = Results.lastSeq(handle, row.job(), row.run());
            byte[] data = RunData.end(job, row.run(), results, ending.get());
            add(row, job, row.id(), row.at(), data);
        }
    }

    private void add(Row row, JobId job, String id, Instant at, byte[] data) {
        ObjectNode envelope = Json.object()
                .put("specversion", "1.0")
                .put("id", id)
                .put("source", "/v1/jobs/" + job)
                .put("type", row.type())
                .put("subject", job.value())
                .put("time", at.toString())
                .put("datacontenttype", "application/json");
        byte[] body = Json.bytesWith(envelope, "data", data);
        events.add(new Event(id, row.type() + "." + job, row.type(), body));
        bytes += body.length;
    }
}
