package io.erlust.cli;

import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Watches one job to its end: says each state and each failure of a node, and draws the progress
 * between. What it shows it reads from {@code GET /v1/jobs/ID}; the event stream only says when to
 * look.
 */
final class Follow {
    private static final long LOOK_EVERY_MS = 250;
    private static final int LOST_LOOKS_MAX = 240; // about a minute

    private final ApiClient client;
    private final Terminal terminal;
    private final String id;
    private final ApiPath path;
    private final MonotonicClock clock = MonotonicClock.system();
    private final ProgressLine line;
    private final Semaphore changed = new Semaphore(0);
    private final Map<String, Long> restarts = new HashMap<>();
    private String state = "";
    private int lostLooks;

    Follow(ApiClient client, Terminal terminal, String id) {
        this.client = client;
        this.terminal = terminal;
        this.id = id;
        path = ApiPath.of("v1", "jobs", id);
        line = new ProgressLine(terminal, clock.nanos());
    }

    /** Returns the exit code that tells how the job ended. */
    int toEnd() {
        Thread farewell = Thread.ofPlatform().name("farewell").unstarted(this::sayItGoesOn);
        Runtime.getRuntime().addShutdownHook(farewell);
        try {
            Thread.ofVirtual().name("events-" + id).start(this::listen);
            JsonNode job = client.get(path);
            while (!JobText.isFinal(job)) {
                show(job);
                changed.tryAcquire(LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
                changed.drainPermits();
                job = look(job);
            }
            sayNodeFailures(job);
            sayEnd(job);
            return JobText.exitCode(job);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.local("interrupted; the job goes on");
        } finally {
            Runtime.getRuntime().removeShutdownHook(farewell);
        }
    }

    /** A server that restarts is no reason to stop watching: a few looks may find nobody. */
    private JsonNode look(JsonNode before) {
        try {
            JsonNode job = client.get(path);
            lostLooks = 0;
            return job;
        } catch (Failure e) {
            if (e.exitCode() != ExitCode.UNREACHABLE || ++lostLooks > LOST_LOOKS_MAX) {
                line.erase();
                throw e;
            }
            line.update("job " + id + ": waiting for the server to come back", clock.nanos());
            return before;
        }
    }

    private void show(JsonNode job) {
        if (lostLooks > 0) {
            return;
        }
        String now = JobText.text(job, "state");
        if (!now.equals(state)) {
            state = now;
            String waiting = JobText.waiting(job);
            line.say("job " + id + ": " + now
                    + (waiting.isEmpty() ? "" : ", waiting for " + waiting));
        }
        sayNodeFailures(job);
        if (now.equals("running")) {
            int width = Math.clamp(terminal.columns() - 60, 0, 40);
            String progress = Progress.of(job).show(terminal.interactive() ? width : 0);
            line.update(progress, clock.nanos());
        }
    }

    private void sayNodeFailures(JsonNode job) {
        for (JsonNode node : job.path("nodes").values()) {
            long count = JobText.number(node, "restarts");
            String rank = JobText.text(node, "rank");
            long before = Optional.ofNullable(restarts.put(rank, count)).orElse(0L);
            if (count > before) {
                String exit = JobText.text(node, "exit");
                line.say("node " + rank + " died"
                        + (exit.isEmpty() ? "" : " (" + exit + ")")
                        + " and was started again; restarts: " + count);
            }
        }
    }

    private void sayEnd(JsonNode job) {
        line.erase();
        String ran = JobText.ran(job, WallClock.system().now());
        terminal.out()
                .println("job " + id + ": " + JobText.text(job, "state")
                        + (ran.isEmpty() ? "" : " after " + ran)
                        + counted(job, "items")
                        + counted(job, "results"));
        terminal.out().flush();
        String reason = JobText.text(job, "reason");
        if (!reason.isEmpty()) {
            terminal.err().println("  " + Table.cleanLines(reason.strip()).replace("\n", "\n  "));
        }
        if (JobText.exitCode(job) != ExitCode.OK) {
            terminal.err().println("  its output: erlust logs " + id);
        }
    }

    private static String counted(JsonNode job, String what) {
        long count = JobText.number(job, what);
        return count == 0 ? "" : ", " + JobText.count(count) + " " + what;
    }

    /** Wakes the watcher at each change of state. Looking now and then does for all else. */
    private void listen() {
        try (EventStream events = new EventStream(client.stream(
                ApiPath.of("v1", "jobs", id, "events"), "text/event-stream", Optional.empty()))) {
            for (var event = events.next(); event.isPresent(); event = events.next()) {
                if (event.get().type().equals("state")) {
                    changed.release();
                }
            }
        } catch (IOException | Failure e) {
            changed.release(); // without events the watcher still looks every LOOK_EVERY_MS
        }
    }

    private void sayItGoesOn() {
        line.erase();
        terminal.err().println("job " + id + " goes on; only the watching ends.");
        terminal.err().println("  watch it again:  erlust job " + id + " --follow");
        terminal.err().println("  stop it:         erlust cancel " + id);
    }
}
