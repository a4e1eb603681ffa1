package io.erlust.supervision;

import io.erlust.jobs.spec.Restart;
import io.erlust.supervision.SupervisorFlags.AutoShutdown;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;

/**
 * Decides about the nodes of one run: a state machine without threads, clocks or processes. Events
 * and the time go in, commands come out. The rules are OTP's: strategies, restart types, intensity,
 * shutdown times, automatic shutdown. As under {@code simple_one_for_one} all children that are to
 * stop are asked at once, in reverse order, and share one timer; they are started in order, and
 * none of them before all that were to stop are gone.
 *
 * <p>Ours are: {@link PoisonRule}; the back-off of restarts that do not count ({@link BackOff});
 * that a failed first start is repeated like any other; that a supervisor whose children have all
 * ended ends; and that children which had completed stay so when their siblings are restarted.
 */
final class Supervisor {
    /** A process that does not die is killed again this often. */
    static final Duration KILL_AGAIN = Duration.ofSeconds(5);

    /** No other bound on how long children may take to stop than their own. */
    private static final Duration AS_SPECIFIED = Duration.ofNanos(Long.MAX_VALUE);

    private final SupervisorFlags flags;
    private final RestartLimit limit;
    private final BackOff backOff;
    private final PoisonRule poison = new PoisonRule();
    private final List<Child> children = new ArrayList<>();

    /** When the siblings of the last crash are started again, once all are stopped. */
    private long restartAt;

    private Optional<String> lastCrash = Optional.empty();
    private @Nullable Stopping stopping;
    private boolean ended;

    /** How the run will end; its processes are being stopped. */
    private record Stopping(Outcome outcome, Optional<String> reason, StopReason why) {}

    Supervisor(SupervisorFlags flags, List<ChildSpec> specs, long now, RandomGenerator random) {
        if (flags.autoShutdown() == AutoShutdown.NEVER
                && specs.stream().anyMatch(ChildSpec::significant)) {
            throw new IllegalArgumentException(
                    "a child can't be significant under a supervisor that never shuts down by"
                            + " itself");
        }
        this.flags = flags;
        this.limit = new RestartLimit(flags.intensity(), flags.period());
        this.backOff = new BackOff(random);
        for (ChildSpec spec : specs) {
            children.add(new Child(children.size(), spec, now));
        }
    }

    /** For the equal nodes of a job. */
    static Supervisor of(Restart restart, int nodes, long now, RandomGenerator random) {
        boolean significant = restart.type() != Restart.Type.PERMANENT;
        AutoShutdown auto = !significant
                ? AutoShutdown.NEVER
                : switch (restart.autoShutdown()) {
                    case ALL -> AutoShutdown.ALL_SIGNIFICANT;
                    case ANY -> AutoShutdown.ANY_SIGNIFICANT;
                };
        SupervisorFlags flags = new SupervisorFlags(
                restart.strategy(),
                restart.intensity(),
                restart.period(),
                auto,
                restart.rerunCompleted());
        ChildSpec node = new ChildSpec(restart.type(), restart.shutdown(), significant);
        return new Supervisor(flags, Collections.nCopies(nodes, node), now, random);
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
            case Event.StopRequested(var outcome, var reason, var grace, var why) ->
                stop(new Stopping(outcome, Optional.of(reason), why), grace, now, commands);
            case Event.Tick tick -> {}
        }
        due(now, commands);
        return commands;
    }

    /** When {@link #on} wants a {@link Event.Tick} at the latest. */
    OptionalLong next() {
        Child.Phase waiting = any(Child.Phase.STOPPING) ? Child.Phase.STOPPING : Child.Phase.DUE;
        return children.stream()
                .filter(child -> child.phase == waiting)
                .mapToLong(child -> child.at)
                .reduce((a, b) -> a - b < 0 ? a : b);
    }

    /** True when a rank has no process and gets none for now. */
    boolean hasEnded(int rank) {
        return children.get(rank).phase == Child.Phase.ENDED;
    }

    /** True when a rank has no process and will not get one again, whatever happens. */
    boolean isGoneForGood(int rank) {
        return hasEnded(rank) && (stopping != null || !rerun(children.get(rank)));
    }

    private void exited(Event.Exited exited, long now, List<Command> commands) {
        Child child = children.get(exited.rank());
        if (child.phase != Child.Phase.ALIVE) {
            stopped(child);
            return;
        }
        boolean counts =
                exited.normal() || poison.counts(exited.itemInHand(), exited.acknowledged());
        String what = "node " + child.rank + ": " + exited.exit();
        if (!exited.normal()) {
            lastCrash = Optional.of(detailed(what, exited.stderr()));
        }
        if (!restarts(child, exited.normal())) {
            endedByItself(child, exited.normal(), now, commands);
        } else if (counts) {
            countedRestart(child, what, exited.stderr(), now, commands);
        } else {
            restart(child, now + backOff.before(child, now).toNanos(), now, commands);
        }
    }

    private void startFailed(Event.StartFailed failed, long now, List<Command> commands) {
        Child child = children.get(failed.rank());
        String what = "node " + child.rank + ": could not be started: " + failed.why();
        if (child.phase != Child.Phase.ALIVE) {
            stopped(child);
        } else if (restarts(child, false)) {
            countedRestart(child, what, "", now, commands);
        } else {
            lastCrash = Optional.of(what);
            endedByItself(child, false, now, commands);
        }
    }

    /** The process of a child that was asked to stop is gone; how it ended says nothing. */
    private void stopped(Child child) {
        boolean again = stopping == null && child.spec.type() != Restart.Type.TEMPORARY;
        child.phase = again ? Child.Phase.DUE : Child.Phase.ENDED;
        child.at = restartAt;
    }

    private static boolean restarts(Child child, boolean normal) {
        return switch (child.spec.type()) {
            case PERMANENT -> true;
            case TRANSIENT -> !normal;
            case TEMPORARY -> false;
        };
    }

    private boolean rerun(Child completed) {
        return flags.rerunCompleted()
                && flags.strategy() != Restart.Strategy.ONE_FOR_ONE
                && completed.spec.type() == Restart.Type.TRANSIENT;
    }

    /** Ended for good; the deaths that we caused do not come here. */
    private void endedByItself(Child child, boolean normal, long now, List<Command> commands) {
        child.phase = Child.Phase.ENDED;
        child.completed = normal;
        boolean over = child.spec.significant()
                && switch (flags.autoShutdown()) {
                    case NEVER -> false;
                    case ANY_SIGNIFICANT -> true;
                    case ALL_SIGNIFICANT ->
                        children.stream()
                                .filter(each -> each.spec.significant())
                                .allMatch(each -> each.phase == Child.Phase.ENDED);
                };
        if (over) {
            boolean any = flags.autoShutdown() == AutoShutdown.ANY_SIGNIFICANT;
            Stopping outcome = any ? outcome(normal) : outcome(completedAny());
            stop(outcome, AS_SPECIFIED, now, commands);
        }
    }

    private boolean completedAny() {
        return children.stream().anyMatch(child -> child.completed);
    }

    private Stopping outcome(boolean normal) {
        return normal
                ? new Stopping(Outcome.COMPLETED, Optional.empty(), StopReason.SHUTDOWN)
                : new Stopping(Outcome.FAILED, lastCrash, StopReason.SHUTDOWN);
    }

    private void countedRestart(
            Child child, String what, String stderr, long now, List<Command> commands) {
        if (limit.exceededBy(now)) {
            child.phase = Child.Phase.ENDED;
            String reason = detailed(what + " (" + limit + ")", stderr);
            Stopping gaveUp =
                    new Stopping(Outcome.FAILED, Optional.of(reason), StopReason.SHUTDOWN);
            stop(gaveUp, AS_SPECIFIED, now, commands);
        } else {
            restart(child, now, now, commands);
        }
    }

    private static String detailed(String what, String stderr) {
        return stderr.isBlank() ? what : what + "\n" + stderr.stripTrailing();
    }

    private void restart(Child crashed, long at, long now, List<Command> commands) {
        crashed.phase = Child.Phase.DUE;
        crashed.at = at;
        int first = switch (flags.strategy()) {
            case ONE_FOR_ONE -> children.size();
            case ONE_FOR_ALL -> 0;
            case REST_FOR_ONE -> crashed.rank;
        };
        restartAt = at;
        for (Child sibling : children.subList(first, children.size()).reversed()) {
            switch (sibling.phase) {
                case DUE -> sibling.at = at;
                case ALIVE ->
                    ask(sibling, sibling.spec.shutdown(), StopReason.SHUTDOWN, now, commands);
                case STOPPING -> {} // it follows when it is gone
                case ENDED -> {
                    if (rerun(sibling)) {
                        sibling.phase = Child.Phase.DUE;
                        sibling.at = at;
                    }
                }
            }
        }
    }

    /**
     * The first reason to stop is the job's, but for the server's own stop, which gives way to
     * others.
     */
    private void stop(Stopping request, Duration grace, long now, List<Command> commands) {
        if (stopping == null || stopping.outcome() == Outcome.INTERRUPTED) {
            stopping = request;
        }
        for (Child child : children.reversed()) {
            Duration time = min(grace, child.spec.shutdown());
            switch (child.phase) {
                case DUE -> child.phase = Child.Phase.ENDED;
                case ALIVE -> ask(child, time, stopping.why(), now, commands);
                case STOPPING -> child.at = Math.min(child.at - now, time.toNanos()) + now;
                case ENDED -> {}
            }
        }
    }

    /** Without grace it is killed at once, by {@link #due}. */
    private static void ask(
            Child child, Duration grace, StopReason why, long now, List<Command> commands) {
        child.phase = Child.Phase.STOPPING;
        child.at = now + grace.toNanos();
        if (grace.isPositive()) {
            commands.add(new Command.StopNode(child.rank, grace, why));
        }
    }

    private void due(long now, List<Command> commands) {
        boolean free = !any(Child.Phase.STOPPING);
        for (Child child : children) {
            if (child.phase == Child.Phase.DUE && free && child.at - now <= 0) {
                child.phase = Child.Phase.ALIVE;
                child.startedAt = now;
                commands.add(new Command.StartNode(child.rank));
            } else if (child.phase == Child.Phase.STOPPING && child.at - now <= 0) {
                child.at = now + KILL_AGAIN.toNanos();
                StopReason why = stopping == null ? StopReason.SHUTDOWN : stopping.why();
                commands.add(new Command.KillNode(child.rank, why));
            }
        }
        if (children.stream().allMatch(child -> child.phase == Child.Phase.ENDED)) {
            ended = true;
            Stopping how = stopping == null ? outcome(completedAny()) : stopping;
            commands.add(new Command.EndJob(how.outcome(), how.reason()));
        }
    }

    private boolean any(Child.Phase phase) {
        return children.stream().anyMatch(child -> child.phase == phase);
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
