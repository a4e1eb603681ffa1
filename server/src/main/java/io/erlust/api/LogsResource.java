package io.erlust.api;

import io.erlust.api.http.EventStream;
import io.erlust.api.http.Exchange;
import io.erlust.api.http.Query;
import io.erlust.api.http.Route;
import io.erlust.api.http.StreamSlots;
import io.erlust.jobs.Job;
import io.erlust.jobs.Jobs;
import io.erlust.nodes.NodeLogs;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * {@code /v1/jobs/{id}/logs}: what the nodes printed, as text; followed, as events of whole lines.
 * Of several nodes together each line begins with {@code [rank]}.
 */
final class LogsResource {
    /** How often a log that is followed is looked at. */
    private static final Duration LOOK = Duration.ofMillis(250);

    private final Jobs jobs;
    private final NodeLogs logs;
    private final JobEventLog events;
    private final Duration heartbeat;
    private final StreamSlots slots;
    private final JobPath path;

    LogsResource(ApiParts parts, Duration heartbeat, StreamSlots slots) {
        this.jobs = parts.jobs();
        this.logs = parts.logs();
        this.events = parts.eventLog();
        this.heartbeat = heartbeat;
        this.slots = slots;
        this.path = new JobPath(jobs);
    }

    List<Route> routes() {
        return List.of(Route.get("/v1/jobs/{id}/logs", this::read));
    }

    /** Whose output: of which run, of which nodes. */
    private record Wanted(Job job, int run, List<Integer> ranks) {
        String prefix(int rank) {
            return ranks.size() == 1 ? "" : "[" + rank + "] ";
        }
    }

    private void read(Exchange exchange) throws Exception {
        Query query = exchange.query();
        Job job = path.job(exchange);
        int run = path.run(job, query);
        int nodes = job.spec().nodes();
        List<Integer> ranks = query.integer("node", 0, nodes - 1L)
                .map(rank -> List.of(rank.intValue()))
                .orElseGet(() -> IntStream.range(0, nodes).boxed().toList());
        boolean isFollowed = query.flag("follow");
        query.end();
        Wanted wanted = new Wanted(job, run, ranks);
        if (isFollowed) {
            try (StreamSlots.Slot _ = slots.take()) {
                follow(exchange, wanted);
            }
        } else {
            copy(exchange, wanted);
        }
    }

    private void copy(Exchange exchange, Wanted wanted) throws IOException {
        try (OutputStream out = exchange.stream(200, "text/plain;charset=utf-8")) {
            for (int rank : wanted.ranks()) {
                String text = logs.text(wanted.job().serial(), wanted.run(), rank);
                out.write(LogFollower.prefixed(text, wanted.prefix(rank))
                        .getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private void follow(Exchange exchange, Wanted wanted) throws Exception {
        String endId = "end-" + wanted.job().serial() + '-' + wanted.run();
        Optional<String> lastId = exchange.header("Last-Event-ID");
        List<LogFollower> followers = new ArrayList<>();
        try (EventStream stream = EventStream.begin(exchange)) {
            boolean isSeen = lastId.isPresent() && lastId.get().equals(endId);
            if (exchange.isHead() || isSeen) {
                return;
            }
            for (int rank : wanted.ranks()) {
                var tail = logs.follow(wanted.job().serial(), wanted.run(), rank);
                followers.add(new LogFollower(tail, wanted.prefix(rank)));
            }
            follow(stream, wanted, followers);
            for (LogFollower follower : followers) {
                stream.lines(follower.rest());
            }
            if (hasEnded(wanted)) {
                stream.mark(endId);
            }
        } finally {
            followers.forEach(LogFollower::close);
        }
    }

    /** Until the run has ended and all it printed is written. */
    private void follow(EventStream stream, Wanted wanted, List<LogFollower> followers)
            throws Exception {
        var id = wanted.job().id();
        long seen = events.begin(id);
        boolean runs = !hasEnded(wanted);
        Duration quiet = Duration.ZERO;
        while (!events.isClosed()) {
            if (writeNew(stream, followers)) {
                quiet = Duration.ZERO;
            } else if (!runs) {
                return; // known before looking: what was printed before the end is written
            } else {
                events.await(id, seen, LOOK);
                if (hasNews(wanted, seen)) {
                    seen = events.begin(id);
                    runs = !hasEnded(wanted);
                }
                quiet = heartbeat(stream, quiet.plus(LOOK));
            }
        }
    }

    private static boolean writeNew(EventStream stream, List<LogFollower> followers)
            throws Exception {
        boolean any = false;
        for (LogFollower follower : followers) {
            String lines = follower.lines();
            any |= !lines.isEmpty();
            stream.lines(lines);
        }
        if (any) {
            stream.flush();
        }
        return any;
    }

    private Duration heartbeat(EventStream stream, Duration quiet) throws IOException {
        if (quiet.compareTo(heartbeat) < 0) {
            return quiet;
        }
        stream.comment("alive");
        return Duration.ZERO;
    }

    /** Spares the store: it is asked for the job only after an event of it. */
    private boolean hasNews(Wanted wanted, long seen) {
        return events.after(wanted.job().id(), seen)
                .map(news -> !news.isEmpty())
                .orElse(true);
    }

    private boolean hasEnded(Wanted wanted) {
        return jobs.get(wanted.job().id())
                .map(now -> now.run() > wanted.run() || now.state().isFinal())
                .orElse(true);
    }
}
