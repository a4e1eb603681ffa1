package io.erlust.supervision;

import io.erlust.jobs.Restart;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Decides about the nodes of one run: a state machine without threads, clocks or processes. Events
 * and the time go in, commands come out. OTP's rules for {@code one_for_one} and {@code transient}:
 * a node that ended normally stays ended, one that crashed is started again, and more restarts than
 * the intensity allows end the job. The run is done when every node has ended.
 *
 * <p>Two rules are ours: {@link PoisonRule}, and that a restart which does not count waits a little
 * when it follows another one closely ({@link #BACKOFF_MAX}). What another restart type decides is
 * in {@link #restarts}, what another strategy decides in {@link #restart}.
 */
final class Supervisor {
    /** Uncounted restarts of a node wait 0, 50, 100, 200, 400, 800, 1000, 1000 … ms. */
    static final Duration BACKOFF_FIRST = Duration.ofMillis(50);

    static final Duration BACKOFF_MAX = Duration.ofSeconds(1);

    /** A node that lived this long has its next uncounted restart at once again. */
    static final Duration BACKOFF_RESET = Duration.ofSeconds(10);

    /** A process that does not die is killed again this often. */
    static final Duration KILL_AGAIN = Duration.ofSeconds(5);

    private final Duration shutdown;
    private final RestartLimit limit;
    private final PoisonRule poison = new PoisonRule();
    private final List<Child> children = new ArrayList<>();
    private Event.@Nullable StopRequested stopping;
    private boolean ended;

    private enum Phase {
        /** Has no process; gets one when its time has come. */
        DUE,
        ALIVE,
        /** Was asked to stop; is killed when its time has come. */
        STOPPING,
        /** Has no process and gets none. */
        ENDED
    }

    private static final class Child {
        final int rank;
        Phase phase = Phase.DUE;

        /** When it is to be started or killed. */
        long at;

        long startedAt;

        /** Uncounted restarts that followed each other closely. */
        int streak;

        Child(int rank, long at) {
            this.rank = rank;
            this.at = at;
        }
    }

    Supervisor(Restart restart, int nodes, long now) {
        this.shutdown = restart.shutdown();
        this.limit = new RestartLimit(restart.intensity(), restart.period());
        for (int rank = 0; rank < nodes; rank++) {
            children.add(new Child(rank, now));
        }
    }

    /** @param now monotonic time in nanoseconds, never less than the time before */
    List<Command> on(Event event, long now) {
        List<Command> commands = new ArrayList<>();
        if (ended) {
            return commands;
        }
        switch (event) {
            case Event.StartFailed failed -> startFailed(failed, now, commands);
            case Event.Exited exited -> exited(exited, now, commands);
            case Event.StopRequested request -> stop(request, now, commands);
            case Event.Tick tick -> {}
        }
        due(now, commands);
        return commands;
    }

    /** When {@link #on} wants a {@link Event.Tick} at the latest. */
    OptionalLong next() {
        return children.stream()
                .filter(child -> child.phase == Phase.DUE || child.phase == Phase.STOPPING)
                .mapToLong(child -> child.at)
                .reduce((a, b) -> a - b < 0 ? a : b);
    }

    /** True when a rank has no process and gets none. */
    boolean hasEnded(int rank) {
        return children.get(rank).phase == Phase.ENDED;
    }

    /** {@code transient}. */
    private static boolean restarts(Event.Exited exited) {
        return !exited.normal();
    }

    private void exited(Event.Exited exited, long now, List<Command> commands) {
        Child child = children.get(exited.rank());
        boolean counts = !exited.normal()
                && poison.counts(exited.itemInHand(), exited.acknowledgedSinceCrash());
        if (stopping != null || !restarts(exited)) {
            child.phase = Phase.ENDED;
        } else if (counts) {
            countedRestart(child, exited.exit(), exited.stderr(), now, commands);
        } else {
            restart(child, now + backOff(child, now).toNanos());
        }
    }

    private void startFailed(Event.StartFailed failed, long now, List<Command> commands) {
        Child child = children.get(failed.rank());
        if (stopping != null) {
            child.phase = Phase.ENDED;
        } else {
            countedRestart(child, "could not be started: " + failed.why(), "", now, commands);
        }
    }

    private void countedRestart(
            Child child, String what, String stderr, long now, List<Command> commands) {
        if (limit.exceededBy(now)) {
            child.phase = Phase.ENDED;
            String reason = "node " + child.rank + ": " + what + " (" + limit + ")";
            String detail = stderr.isBlank() ? reason : reason + "\n" + stderr.stripTrailing();
            stop(new Event.StopRequested(Outcome.FAILED, detail, shutdown), now, commands);
        } else {
            restart(child, now);
        }
    }

    /** {@code one_for_one}: only the one that crashed. */
    private static void restart(Child child, long at) {
        child.phase = Phase.DUE;
        child.at = at;
    }

    private static Duration backOff(Child child, long now) {
        if (now - child.startedAt >= BACKOFF_RESET.toNanos()) {
            child.streak = 0;
        }
        int before = child.streak++;
        if (before == 0) {
            return Duration.ZERO;
        }
        Duration wait = BACKOFF_FIRST.multipliedBy(1L << Math.min(before - 1, 10));
        return wait.compareTo(BACKOFF_MAX) < 0 ? wait : BACKOFF_MAX;
    }

    /**
     * The first reason to stop is the job's, but for the server's own stop, which gives way to
     * others.
     */
    private void stop(Event.StopRequested request, long now, List<Command> commands) {
        if (stopping == null || stopping.outcome() == Outcome.INTERRUPTED) {
            stopping = request;
        }
        Duration grace = min(request.grace(), shutdown);
        for (Child child : children.reversed()) {
            switch (child.phase) {
                case DUE -> child.phase = Phase.ENDED;
                case ALIVE -> {
                    child.phase = Phase.STOPPING;
                    child.at = now + grace.toNanos();
                    if (grace.isPositive()) {
                        commands.add(new Command.StopNode(child.rank, grace));
                    }
                }
                case STOPPING -> child.at = Math.min(child.at - now, grace.toNanos()) + now;
                case ENDED -> {}
            }
        }
    }

    private void due(long now, List<Command> commands) {
        for (Child child : children) {
            if (child.phase == Phase.DUE && child.at - now <= 0) {
                child.phase = Phase.ALIVE;
                child.startedAt = now;
                commands.add(new Command.StartNode(child.rank));
            } else if (child.phase == Phase.STOPPING && child.at - now <= 0) {
                child.at = now + KILL_AGAIN.toNanos();
                commands.add(new Command.KillNode(child.rank));
            }
        }
        if (children.stream().allMatch(child -> child.phase == Phase.ENDED)) {
            ended = true;
            Event.StopRequested why = stopping;
            commands.add(
                    why == null
                            ? new Command.EndJob(Outcome.COMPLETED, Optional.empty())
                            : new Command.EndJob(why.outcome(), Optional.of(why.reason())));
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
