package io.erlust.api;

import io.erlust.api.http.Body;
import io.erlust.api.http.Exchange;
import io.erlust.api.http.Query;
import io.erlust.api.http.Route;
import io.erlust.api.http.StreamSlots;
import io.erlust.jobs.Job;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.Result;
import io.erlust.jobs.Results;
import io.erlust.time.MonotonicClock;

import java.io.OutputStream;
import java.time.Duration;
import java.util.List;

/**
 * {@code /v1/jobs/{id}/results}: a run's results in order, one a line; waits for the first if
 * asked.
 */
final class ResultsResource {
    /** Results read at once: a result may be 1 MiB, and they are in memory together. */
    private static final int CHUNK_MIN = 8;

    private static final int CHUNK_MAX = 512;
    private static final int CHUNK_BYTES = 256 << 10;

    private final Jobs jobs;
    private final Results results;
    private final JobEventLog events;
    private final MonotonicClock clock;
    private final StreamSlots slots;
    private final JobPath path;

    ResultsResource(ApiParts parts, StreamSlots slots) {
        this.jobs = parts.jobs();
        this.results = parts.results();
        this.events = parts.eventLog();
        this.clock = parts.clock();
        this.slots = slots;
        this.path = new JobPath(jobs);
    }

    List<Route> routes() {
        return List.of(Route.get("/v1/jobs/{id}/results", this::read));
    }

    private void read(Exchange exchange) throws Exception {
        Query query = exchange.query();
        long after = query.integer("after", 0, Long.MAX_VALUE, 0);
        int limit = (int) query.integer("limit", 1, 1000, 100);
        Duration wait = Duration.ofSeconds(query.integer("wait", 0, ApiParts.WAIT_SECONDS_MAX, 0));
        Job job = path.job(exchange);
        int run = path.run(job, query);
        query.end();
        if (!wait.isZero()) {
            try (StreamSlots.Slot _ = slots.take()) {
                await(job, run, after, wait);
            }
        }
        // asked before the results are read: no result can follow a state that is final
        Job now = jobs.get(job.id()).orElse(job);
        boolean isEnded = now.run() > run || now.state().isFinal();
        write(exchange, job, run, after, limit, isEnded);
    }

    private void await(Job job, int run, long after, Duration wait) throws InterruptedException {
        long end = clock.nanos() + wait.toNanos();
        for (long left = wait.toNanos();
                left > 0 && !events.isClosed();
                left = end - clock.nanos()) {
            long seen = events.begin(job.id());
            Job now = jobs.get(job.id()).orElse(job);
            if (now.run() > run
                    || now.state().isFinal()
                    || results.lastSeq(job.serial(), run) > after) {
                return;
            }
            events.await(job.id(), seen, Duration.ofNanos(left));
        }
    }

    private void write(Exchange exchange, Job job, int run, long after, int limit, boolean isEnded)
            throws Exception {
        List<Result> page = results.read(job.serial(), run, after, Math.min(limit, CHUNK_MIN));
        if (isEnded) {
            path.requireKept(job, run);
        }
        boolean isComplete = isEnded && results.lastSeq(job.serial(), run) - limit <= after;
        exchange.answerHeader("Erlust-Run", Integer.toString(run));
        exchange.answerHeader("Erlust-Complete", Boolean.toString(isComplete));
        try (OutputStream out = exchange.stream(200, Body.NDJSON)) {
            int left = limit;
            // a page that is shorter than asked for is not the end: large results come in less
            while (!page.isEmpty()) {
                long bytes = 0;
                for (Result result : page) {
                    byte[] json = result.json();
                    bytes += json.length;
                    out.write(json);
                    out.write('\n');
                }
                left -= page.size();
                long last = page.getLast().seq();
                int next = Math.clamp(
                        CHUNK_BYTES * (long) page.size() / Math.max(1, bytes),
                        CHUNK_MIN,
                        CHUNK_MAX);
                page = left == 0
                        ? List.of()
                        : results.read(job.serial(), run, last, Math.min(left, next));
            }
        }
    }
}
