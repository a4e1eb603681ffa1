package io.erlust.cli;

import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Watches one job to its end: says each state and each failure of a node, and draws the progress
 * between. What it shows it reads from {@code GET /v1/jobs/ID}; the event stream only says when to
 * look.
 */
final class Follow {
    private static final long LOOK_EVERY_MS = 250;

    /** While it waits, perhaps for days. */
    private static final long LOOK_AT_WAITING_EVERY_MS = 1000;

    private static final int LOST_LOOKS_MAX = 240; // about a minute

    private final ApiClient client;
    private final Terminal terminal;
    private final String id;
    private final ApiPath path;
    private final MonotonicClock clock = MonotonicClock.system();
    private final ProgressLine line;
    private final Semaphore changed = new Semaphore(0);
    private final Map<String, Long> restarts = new HashMap<>();
    private String shown = "";
    private long attempt = 1;
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
        return toEnd(OptionalLong.empty());
    }

    /** The same, for a run that a command has just begun. */
    int toEnd(JsonNode job) {
        return toEnd(OptionalLong.of(JobText.number(job, "run")));
    }

    private int toEnd(OptionalLong number) {
        Thread farewell = Thread.ofPlatform().name("farewell").unstarted(this::sayItGoesOn);
        Runtime.getRuntime().addShutdownHook(farewell);
        try {
            Thread.ofVirtual().name("events-" + id).start(this::listen);
            JsonNode first = client.get(path);
            JsonNode job = first;
            FollowedRun run = new FollowedRun(
                    client, id, number.orElseGet(() -> JobText.number(first, "run")));
            while (!run.hasEnded(job) || run.moveToNextAttempt(job)) {
                show(job);
                boolean waits = JobText.text(job, "state").equals("scheduled");
                long wait = waits ? LOOK_AT_WAITING_EVERY_MS : LOOK_EVERY_MS;
                changed.tryAcquire(wait, TimeUnit.MILLISECONDS);
                changed.drainPermits();
                job = look(job);
            }
            JsonNode ended = run.record(job);
            sayNodeFailures(ended);
            sayEnd(ended, job);
            return JobText.exitCode(ended);
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
        sayAttempt(job);
        String now = JobText.text(job, "state");
        String kind = JobText.text(job.path("waiting_for"), "kind");
        if (!shown.equals(now + kind)) {
            shown = now + kind;
            String waiting = WaitingText.of(job, WallClock.system().now());
            line.say("job " + id + ": " + JobText.state(job)
                    + (waiting.isEmpty() ? "" : ", waiting for " + waiting));
        }
        sayNodeFailures(job);
        if (now.equals("running")) {
            int width = Math.clamp(terminal.columns() - 60, 0, 40);
            String progress = Progress.of(job).show(terminal.interactive() ? width : 0);
            line.update(progress, clock.nanos());
        }
    }

    /** Another attempt says in its reason how the one before ended. */
    private void sayAttempt(JsonNode job) {
        long now = JobText.number(job, "attempt");
        if (now > attempt) {
            attempt = now;
            shown = "";
            restarts.clear();
            String why = JobText.text(job, "reason").lines().findFirst().orElse("");
            line.say(
                    "job " + id + ": " + (why.isEmpty() ? JobText.attempt(job) : Table.clean(why)));
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

    /** A recurring job goes on when its run has ended. */
    private void sayEnd(JsonNode run, JsonNode job) {
        line.erase();
        boolean goesOn = !JobText.isFinal(job);
        String ran = JobText.ran(run, WallClock.system().now());
        String which = goesOn ? ", run " + JobText.number(run, "run") : "";
        terminal.out()
                .println("job " + id + which + ": " + JobText.text(run, "state")
                        + (ran.isEmpty() ? "" : " after " + ran)
                        + counted(items(run), "items")
                        + counted(JobText.number(run, "results"), "results"));
        terminal.out().flush();
        String reason = JobText.text(run, "reason");
        if (!reason.isEmpty()) {
            terminal.err().println("  " + Table.cleanLines(reason.strip()).replace("\n", "\n  "));
        }
        if (JobText.exitCode(run) != ExitCode.OK) {
            terminal.err()
                    .println("  its output: erlust logs " + id
                            + (goesOn ? " --run " + JobText.number(run, "run") : ""));
        }
        if (goesOn) {
            String waiting = WaitingText.of(job, WallClock.system().now());
            terminal.err()
                    .println("  the job goes on: " + JobText.state(job)
                            + (waiting.isEmpty() ? "" : ", waiting for " + waiting));
        }
    }

    private static long items(JsonNode run) {
        return run.path("nodes").values().stream()
                .mapToLong(node -> JobText.number(node, "items"))
                .sum();
    }

    private static String counted(long count, String what) {
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
