package io.erlust.supervision;

import io.erlust.jobs.spec.Restart;
import io.erlust.jobs.spec.Restart.Strategy;
import io.erlust.supervision.SupervisorFlags.AutoShutdown;
import io.erlust.supervision.SupervisorSimulationTest.Seen;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * One random job from its start to its end: random rules, and processes that crash, can't be
 * started, stop late or never. What the supervisor should do is written down here a second time, as
 * naively as can be, and whatever it does otherwise is an error.
 */
final class SimulatedLife {
    private static final long MS = 1_000_000;
    private static final long FOREVER = Long.MAX_VALUE;

    private record Due(long at, long order, Runnable what) {}

    /** How it ends, once that is certain. */
    private record Ending(Outcome outcome, StopReason why) {}

    private final Random random;
    private final SupervisorFlags flags;
    private final Supervisor supervisor;
    private final List<SimulatedNode> processes = new ArrayList<>();
    private final PriorityQueue<Due> dues =
            new PriorityQueue<>(Comparator.comparingLong(Due::at).thenComparingLong(Due::order));
    private final int crashPercent;
    private final int poisonPercent;
    private final boolean jumps;

    private final Set<Seen> seen = EnumSet.noneOf(Seen.class);

    /** Ranks that are to be started, also while they or their siblings are still being stopped. */
    private final TreeSet<Integer> pending = new TreeSet<>();

    private final List<Long> countedAtSecond = new ArrayList<>();
    private final Set<String> crashedOn = new HashSet<>();
    private long acknowledged;
    private long acknowledgedAtCrash;
    private @Nullable Ending ending;
    private long endingSince;
    private @Nullable Outcome outcome;
    private long order;
    private long now;

    SimulatedLife(Random random) {
        this.random = random;
        now = random.nextLong(-1000, 1000) * 1000 * MS;
        crashPercent = random.nextInt(60);
        poisonPercent = random.nextInt(100);
        jumps = random.nextInt(10) == 0;
        RandomJob job = RandomJob.of(random, now);
        flags = job.flags();
        supervisor = job.supervisor();
        job.children().forEach(child -> processes.add(new SimulatedNode(child)));
    }

    Set<Seen> seen() {
        return seen;
    }

    Outcome live() {
        boolean permanent = processes.stream()
                .anyMatch(process -> process.spec.type() == Restart.Type.PERMANENT);
        if (permanent || random.nextInt(3) == 0) {
            after(random.nextLong(20_000), this::requestStop);
        }
        for (int rank = 0; rank < processes.size(); rank++) {
            pending.add(rank);
        }
        tell(new Event.Tick());
        for (int steps = 0; outcome == null; steps++) {
            check(steps < 10_000, "it never ends");
            step();
        }
        check(supervisor.on(new Event.Tick(), now + 1).isEmpty(), "a command after the end");
        return outcome;
    }

    private void step() {
        OptionalLong next = supervisor.next();
        Due due = dues.peek();
        check(next.isPresent() || due != null, "nothing can happen");
        if (jumps && ending == null && random.nextInt(20) == 0) {
            now += random.nextLong(86_400_000) * MS; // a machine that slept, or a late thread
            seen.add(Seen.CLOCK_JUMPED);
        }
        if (due == null || (next.isPresent() && next.getAsLong() < due.at())) {
            now = Math.max(now, next.getAsLong());
            tell(new Event.Tick());
        } else {
            now = Math.max(now, due.at());
            dues.remove();
            due.what().run();
        }
    }

    // What happens:

    private void requestStop() {
        Outcome wanted = random.nextBoolean() ? Outcome.CANCELLED : Outcome.INTERRUPTED;
        StopReason why = wanted == Outcome.CANCELLED ? StopReason.CANCELLED : StopReason.SHUTDOWN;
        Duration grace = Duration.ofMillis(random.nextInt(900));
        for (SimulatedNode process : processes) {
            long killFrom =
                    now + Math.min(grace.toNanos(), process.spec.shutdown().toNanos());
            process.killFrom = Math.min(process.killFrom, killFrom);
        }
        if (processes.stream().anyMatch(process -> process.asked) && ending == null) {
            seen.add(Seen.STOPPED_AMID_A_RESTART);
        }
        end(wanted, why);
        tell(new Event.StopRequested(wanted, "stop", grace, why));
        if (random.nextInt(3) == 0) {
            after(random.nextLong(1_000), this::requestStop);
        }
    }

    private void exit(int rank, int generation, boolean normal) {
        SimulatedNode process = processes.get(rank);
        if (!process.alive || process.generation != generation) {
            return; // it ended in another way before
        }
        process.alive = false;
        acknowledged += random.nextInt(3) == 0 ? 1 : 0;
        Optional<String> item = random.nextInt(100) < poisonPercent
                ? Optional.of("item" + random.nextInt(20))
                : Optional.empty();
        if (!process.asked) {
            endedByItself(rank, normal, normal || counts(item));
        }
        process.asked = false;
        tell(new Event.Exited(rank, normal, "exit 1", item, acknowledged, ""));
    }

    private void startFailed(int rank, int generation) {
        SimulatedNode process = processes.get(rank);
        if (process.alive && process.generation == generation) {
            process.alive = false;
            if (!process.asked) {
                endedByItself(rank, false, true);
            }
            process.asked = false;
            tell(new Event.StartFailed(rank, "no program"));
        }
    }

    // What must follow:

    private void endedByItself(int rank, boolean normal, boolean counted) {
        SimulatedNode process = processes.get(rank);
        boolean again = process.spec.type() == Restart.Type.PERMANENT
                || (process.spec.type() == Restart.Type.TRANSIENT && !normal);
        if (again) {
            if (counted && tooMany()) {
                seen.add(Seen.GAVE_UP);
                end(Outcome.FAILED, StopReason.SHUTDOWN);
            } else {
                restart(rank);
            }
            return;
        }
        process.done = true;
        process.completed = normal;
        boolean any = flags.autoShutdown() == AutoShutdown.ANY_SIGNIFICANT;
        if (process.spec.significant() && (any || significantAreGone())) {
            seen.add(Seen.FIRST_ANSWER);
            boolean good = any ? normal : processes.stream().anyMatch(each -> each.completed);
            end(good ? Outcome.COMPLETED : Outcome.FAILED, StopReason.SHUTDOWN);
        }
    }

    private boolean significantAreGone() {
        for (int rank = 0; rank < processes.size(); rank++) {
            SimulatedNode process = processes.get(rank);
            if (process.spec.significant() && (process.alive || pending.contains(rank))) {
                return false;
            }
        }
        return true;
    }

    private void restart(int crashed) {
        pending.add(crashed);
        if (flags.strategy() == Strategy.ONE_FOR_ONE) {
            return;
        }
        int from = flags.strategy() == Strategy.ONE_FOR_ALL ? 0 : crashed + 1;
        for (int rank = from; rank < processes.size(); rank++) {
            SimulatedNode sibling = processes.get(rank);
            if (sibling.spec.type() == Restart.Type.TEMPORARY) {
                seen.add(Seen.TEMPORARY_FORGOTTEN);
            } else if (sibling.alive) {
                pending.add(rank);
                seen.add(Seen.SIBLINGS_RESTARTED);
            } else if (sibling.done && flags.rerunCompleted()) {
                sibling.done = false;
                pending.add(rank);
                seen.add(Seen.COMPLETED_RUN_AGAIN);
            }
        }
    }

    private boolean counts(Optional<String> item) {
        boolean since = acknowledged > acknowledgedAtCrash;
        acknowledgedAtCrash = acknowledged;
        boolean again = item.isPresent() && !crashedOn.add(item.get());
        return item.isEmpty() || !(since || (again && acknowledged > 0));
    }

    /** OTP's rule, naively: over all restarts there ever were. */
    private boolean tooMany() {
        long second = Math.floorDiv(now, 1000 * MS);
        countedAtSecond.add(second);
        return countedAtSecond.stream()
                        .filter(each -> each >= second - flags.period().toSeconds())
                        .count()
                > flags.intensity();
    }

    private void end(Outcome how, StopReason why) {
        if (ending == null) {
            endingSince = now;
        }
        if (ending == null || ending.outcome() == Outcome.INTERRUPTED) {
            ending = new Ending(how, why);
        }
        pending.clear();
    }

    // What the supervisor does about it:

    private void tell(Event event) {
        int lastStop = Integer.MAX_VALUE;
        int lastStart = -1;
        Set<Integer> started = new TreeSet<>();
        for (Command command : supervisor.on(event, now)) {
            check(outcome == null, "a command after the end");
            switch (command) {
                case Command.StopNode(int rank, Duration grace, StopReason why) -> {
                    check(rank < lastStop, "stops are in reverse order");
                    lastStop = rank;
                    stop(rank, grace, why);
                }
                case Command.KillNode(int rank, StopReason why) -> kill(rank, why);
                case Command.StartNode(int rank) -> {
                    check(rank > lastStart, "starts are in order");
                    lastStart = rank;
                    start(rank, started);
                }
                case Command.EndJob(Outcome how, Optional<String> reason) -> outcome = how;
            }
        }
        if (!started.isEmpty() && flags.strategy() != Strategy.ONE_FOR_ONE) {
            check(pending.isEmpty(), "siblings are started together");
        }
        checkState();
    }

    private void start(int rank, Set<Integer> started) {
        SimulatedNode process = processes.get(rank);
        check(!process.alive, "two processes of one rank");
        check(ending == null, "a start while it ends");
        check(pending.remove(rank), "a start that nothing asked for");
        check(
                process.generation == 0 || process.spec.type() != Restart.Type.TEMPORARY,
                "a restart of a temporary one");
        check(
                processes.stream().noneMatch(each -> each.alive && each.asked),
                "a start before its siblings are stopped");
        started.add(rank);
        process.alive = true;
        process.killed = false;
        process.killFrom = FOREVER;
        process.done = false;
        int generation = ++process.generation;
        if (random.nextInt(30) == 0) {
            after(random.nextLong(10), () -> startFailed(rank, generation));
        } else {
            exitSoon(rank, random.nextLong(5_000), random.nextInt(100) >= crashPercent);
        }
    }

    private void stop(int rank, Duration grace, StopReason why) {
        SimulatedNode process = processes.get(rank);
        check(process.alive && !process.asked, "a stop of one that can't be asked");
        check(grace.compareTo(process.spec.shutdown()) <= 0, "its shutdown time");
        checkWhy(why);
        process.asked = true;
        process.killFrom = Math.min(process.killFrom, now + grace.toNanos());
        if (random.nextInt(4) != 0) {
            exitSoon(rank, random.nextLong(1_500), random.nextBoolean());
        }
    }

    private void kill(int rank, StopReason why) {
        SimulatedNode process = processes.get(rank);
        check(process.alive, "a kill of one that is gone");
        check(
                process.asked || process.spec.shutdown().isZero() || process.killFrom <= now,
                "a kill without a request");
        check(!process.asked || process.killFrom <= now, "a kill before its time");
        checkWhy(why);
        seen.add(Seen.KILLED);
        process.asked = true;
        process.killed = true;
        process.killFrom = Math.min(process.killFrom, now);
        // one of twenty is stuck in the kernel: only the next kill works
        exitSoon(rank, random.nextInt(20) != 0 ? random.nextLong(300) : 5_100, false);
    }

    private void checkWhy(StopReason why) {
        Ending end = ending;
        check(why == (end == null ? StopReason.SHUTDOWN : end.why()), "the reason of a stop");
    }

    /** Between two events. */
    private void checkState() {
        Ending end = ending;
        boolean alive = processes.stream().anyMatch(process -> process.alive);
        check((outcome != null) == (!alive && pending.isEmpty()), "it ends with its last process");
        if (outcome != null) {
            boolean good = processes.stream().anyMatch(process -> process.completed);
            Outcome natural = good ? Outcome.COMPLETED : Outcome.FAILED;
            check(outcome == (end == null ? natural : end.outcome()), "how it ends");
        }
        for (SimulatedNode process : processes) {
            check(end == null || !process.alive || process.asked, "all are asked at the end");
            if (process.alive && process.asked && !process.killed) {
                check(supervisor.next().orElse(FOREVER) <= process.killFrom, "a kill in time");
            }
        }
        checkSiblings();
        if (end != null) {
            long patience = 1_000 + Supervisor.KILL_AGAIN.toMillis() + 200;
            check(now - endingSince <= patience * MS, "the time to stop");
        }
    }

    /** While siblings of a crashed one are alive, they have been asked, and no others. */
    private void checkSiblings() {
        boolean asked = processes.stream().anyMatch(process -> process.alive && process.asked);
        if (ending != null) {
            return;
        }
        if (flags.strategy() == Strategy.ONE_FOR_ONE) {
            check(!asked, "one_for_one stops nobody");
        } else if (pending.isEmpty()) {
            check(!asked, "a stop for nothing");
        } else {
            int from = flags.strategy() == Strategy.ONE_FOR_ALL ? 0 : pending.first();
            for (int rank = 0; rank < processes.size(); rank++) {
                SimulatedNode process = processes.get(rank);
                check(
                        !process.alive || process.asked == (rank >= from),
                        "who is stopped for a restart");
            }
            if (!asked) {
                seen.add(Seen.BACKED_OFF);
                long wait = supervisor.next().orElse(FOREVER) - now;
                check(wait <= BackOff.MAX.toNanos(), "the back-off");
            }
        }
    }

    private void exitSoon(int rank, long millis, boolean normal) {
        int generation = processes.get(rank).generation;
        after(millis, () -> exit(rank, generation, normal));
    }

    private void after(long millis, Runnable what) {
        dues.add(new Due(now + millis * MS, order++, what));
    }

    private static void check(boolean holds, String rule) {
        if (!holds) {
            throw new AssertionError(rule);
        }
    }
}
