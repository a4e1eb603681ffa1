package io.erlust.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.Restart;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;

/**
 * Thousands of random lives of random jobs in simulated time, each checked against the rules
 * written down a second time, naively. A failure names the seed: {@code -Derlust.seed=N} repeats
 * just that life.
 */
class SupervisorSimulationTest {
    private static final int LIVES = 20_000;

    @Test
    void whatever_happens_the_rules_hold() {
        Long only = Long.getLong("erlust.seed");
        long first = only != null ? only : new Random().nextLong();
        int lives = only != null ? 1 : LIVES;
        Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
        for (long seed = first; seed < first + lives; seed++) {
            try {
                outcomes.merge(new Life(new Random(seed)).live(), 1, Integer::sum);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("repeat it with -Derlust.seed=" + seed, e);
            }
        }
        if (only == null) {
            for (Outcome outcome : Outcome.values()) {
                assertThat(outcomes.get(outcome)).as("lives %s", outcome).isGreaterThan(50);
            }
        }
    }

    /** One job from its start to its end. */
    private static final class Life {
        private static final long MS = 1_000_000;

        private record Due(long at, long order, Runnable what) {}

        private static final class Simulated {
            boolean alive;
            boolean stopAsked;
            long killFrom = Long.MAX_VALUE;
            int generation;
            Optional<Boolean> lastNormal = Optional.empty();
        }

        private final Random random;
        private final Restart restart;
        private final List<Simulated> processes = new ArrayList<>();
        private final PriorityQueue<Due> dues = new PriorityQueue<>(
                Comparator.comparingLong(Due::at).thenComparingLong(Due::order));
        private final Supervisor supervisor;
        private final int crashPercent;
        private final int poisonPercent;
        private final List<Long> countedAtSecond = new ArrayList<>();
        private final Set<String> crashedOn = new HashSet<>();
        private boolean everAcknowledged;
        private boolean gaveUp;
        private Optional<Event.StopRequested> asked = Optional.empty();
        private long askedAt;
        private Command.EndJob end = new Command.EndJob(Outcome.FAILED, Optional.of("not yet"));
        private boolean ended;
        private long order;
        private long now;

        Life(Random random) {
            this.random = random;
            now = random.nextLong(-1000, 1000) * 1_000_000_000L;
            restart = new Restart(
                    random.nextInt(4),
                    Duration.ofSeconds(1 + random.nextInt(10)),
                    Duration.ofMillis(random.nextInt(3) * 500L));
            int nodes = 1 + random.nextInt(6);
            crashPercent = random.nextInt(60);
            poisonPercent = random.nextInt(100);
            for (int i = 0; i < nodes; i++) {
                processes.add(new Simulated());
            }
            supervisor = new Supervisor(restart, nodes, now);
        }

        Outcome live() {
            if (random.nextInt(3) == 0) {
                after(random.nextLong(20_000), this::requestStop);
            }
            tell(new Event.Tick());
            int steps = 0;
            while (!ended) {
                assertThat(steps++).as("steps").isLessThan(100_000);
                OptionalLong next = supervisor.next();
                Due due = dues.peek();
                assertThat(next.isPresent() || due != null)
                        .as("nothing can happen")
                        .isTrue();
                if (due == null || (next.isPresent() && next.getAsLong() < due.at())) {
                    now = Math.max(now, next.getAsLong());
                    tell(new Event.Tick());
                } else {
                    now = due.at();
                    dues.remove();
                    due.what().run();
                }
            }
            check();
            return end.outcome();
        }

        private void check() {
            assertThat(processes).noneMatch(process -> process.alive);
            if (end.outcome() == Outcome.COMPLETED) {
                assertThat(asked).isEmpty();
                assertThat(gaveUp).isFalse();
                assertThat(processes)
                        .allMatch(process -> process.lastNormal.equals(Optional.of(true)));
            } else {
                assertThat(gaveUp || asked.isPresent()).isTrue();
                long patience =
                        restart.shutdown().toNanos() + Supervisor.KILL_AGAIN.toNanos() + 2_000 * MS;
                assertThat(now - askedAt).as("time to stop").isLessThanOrEqualTo(patience);
            }
            assertThat(supervisor.on(new Event.Tick(), now + 1)).isEmpty();
        }

        private void requestStop() {
            Outcome outcome = random.nextBoolean() ? Outcome.CANCELLED : Outcome.INTERRUPTED;
            Event.StopRequested request = new Event.StopRequested(
                    outcome, "stop", Duration.ofMillis(random.nextInt(900)));
            long killFrom =
                    now + Math.min(request.grace().toNanos(), restart.shutdown().toNanos());
            processes.forEach(process -> process.killFrom = Math.min(process.killFrom, killFrom));
            if (!gaveUp) {
                asked = Optional.of(request);
                askedAt = now;
            }
            tell(request);
        }

        private void tell(Event event) {
            supervisor.on(event, now).forEach(this::execute);
        }

        private void execute(Command command) {
            assertThat(ended).as("a command after the end: %s", command).isFalse();
            switch (command) {
                case Command.StartNode(int rank) -> start(rank);
                case Command.StopNode(int rank, Duration grace) -> {
                    Simulated process = processes.get(rank);
                    assertThat(process.alive).isTrue();
                    assertThat(process.stopAsked).isFalse();
                    assertThat(grace).isLessThanOrEqualTo(restart.shutdown());
                    process.stopAsked = true;
                    process.killFrom = now + grace.toNanos();
                    if (random.nextInt(4) != 0) {
                        exitSoon(rank, random.nextLong(1_500), random.nextBoolean());
                    }
                }
                case Command.KillNode(int rank) -> {
                    Simulated process = processes.get(rank);
                    assertThat(process.alive).isTrue();
                    assertThat(process.stopAsked
                                    || restart.shutdown().isZero()
                                    || asked.isPresent())
                            .isTrue();
                    assertThat(process.stopAsked && now < process.killFrom)
                            .as("killed before its time")
                            .isFalse();
                    assertThat(gaveUp || asked.isPresent()).isTrue();
                    if (random.nextInt(20) != 0) {
                        exitSoon(rank, random.nextLong(300), false);
                    } else {
                        exitSoon(rank, 5_100, false); // stuck in the kernel: the next kill works
                    }
                }
                case Command.EndJob ending -> {
                    ended = true;
                    end = ending;
                }
            }
        }

        private void start(int rank) {
            Simulated process = processes.get(rank);
            assertThat(process.alive).as("two processes of one rank").isFalse();
            assertThat(process.lastNormal)
                    .as("restart of a finished node")
                    .isNotEqualTo(Optional.of(true));
            assertThat(gaveUp || asked.isPresent()).as("a start while stopping").isFalse();
            process.alive = true;
            process.generation++;
            if (random.nextInt(30) == 0) {
                int generation = process.generation;
                after(random.nextLong(10), () -> startFailed(rank, generation));
            } else {
                exitSoon(rank, random.nextLong(5_000), random.nextInt(100) >= crashPercent);
            }
        }

        private void exitSoon(int rank, long millis, boolean normal) {
            int generation = processes.get(rank).generation;
            after(millis, () -> exit(rank, generation, normal));
        }

        private void exit(int rank, int generation, boolean normal) {
            Simulated process = processes.get(rank);
            if (!process.alive || process.generation != generation) {
                return; // it ended in another way before
            }
            process.alive = false;
            process.lastNormal = Optional.of(normal);
            boolean inHand = random.nextInt(100) < poisonPercent;
            Optional<String> item =
                    inHand ? Optional.of("item" + random.nextInt(20)) : Optional.empty();
            boolean acknowledged = random.nextInt(3) == 0;
            if (!normal) {
                everAcknowledged |= acknowledged;
                boolean again = item.isPresent() && !crashedOn.add(item.get());
                boolean free = item.isPresent() && (acknowledged || (again && everAcknowledged));
                if (!free) {
                    count();
                }
            }
            tell(new Event.Exited(rank, normal, "exit 1", item, acknowledged, ""));
        }

        private void startFailed(int rank, int generation) {
            Simulated process = processes.get(rank);
            if (process.alive && process.generation == generation) {
                process.alive = false;
                process.lastNormal = Optional.of(false);
                count();
                tell(new Event.StartFailed(rank, "no program"));
            }
        }

        /** OTP's rule, naively: over all restarts there ever were. */
        private void count() {
            if (gaveUp || asked.isPresent()) {
                return;
            }
            long second = Math.floorDiv(now, 1_000_000_000L);
            countedAtSecond.add(second);
            long recent = countedAtSecond.stream()
                    .filter(each -> each >= second - restart.period().toSeconds())
                    .count();
            if (recent > restart.intensity()) {
                gaveUp = true;
                askedAt = now;
            }
        }

        private void after(long millis, Runnable what) {
            dues.add(new Due(now + millis * MS, order++, what));
        }
    }
}
