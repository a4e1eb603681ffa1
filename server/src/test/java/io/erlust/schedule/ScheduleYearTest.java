package io.erlust.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.JobState;
import io.erlust.jobs.spec.When;
import io.erlust.schedule.Chronos.Target;
import io.erlust.schedule.YearWorld.Event;
import io.erlust.store.DatabaseConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/**
 * A thousand jobs live through a year of clock changes, of days that come twice or never, and of
 * servers that die: no run is missed, none is extra, none begins before its time. With
 * {@code -Derlust.year.seed=N} it is another year.
 */
class ScheduleYearTest {
    private static final Logger log = LoggerFactory.getLogger(ScheduleYearTest.class);
    private static final long START = Instant.parse("2026-12-31T22:00:00.500Z").toEpochMilli();
    private static final long DAY = 86_400_000;
    private static final long TOLERANCE = 1000;
    private static final long SEED = 20_270_101;
    private static final long ROOM_BYTES = 1L << 30;

    private final Random random = new Random(Long.getLong("erlust.year.seed", SEED));
    private final List<YearPlan> plans = YearPlans.make(random, START);
    private final List<String> wrong = new ArrayList<>();
    private int targets;

    @TempDir(factory = InMemory.class)
    private Path directory = Path.of("");

    /** A year has many commits, and what a disk does with them is not of interest here. */
    static final class InMemory implements TempDirFactory {
        private static final Path MEMORY = Path.of("/dev/shm");

        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext extension)
                throws IOException {
            boolean hasRoom =
                    Files.isWritable(MEMORY) && MEMORY.toFile().getUsableSpace() > ROOM_BYTES;
            return hasRoom
                    ? Files.createTempDirectory(MEMORY, "erlust-year-")
                    : Files.createTempDirectory("erlust-year-");
        }
    }

    @Test
    void no_run_is_missed_or_extra_or_early() {
        long days = Long.getLong("erlust.year.days", 366);
        List<Event> events = events(days);
        try (YearWorld world = new YearWorld(DatabaseConfig.embedded(directory), START)) {
            world.live(plans, events, START + days * DAY);
            check(world);
            log.info(
                    "seed {}: {} jobs, {} runs, {} targets, {} jumps, {} downtimes",
                    Long.getLong("erlust.year.seed", SEED),
                    plans.size(),
                    world.log().runs(),
                    targets,
                    events.stream()
                            .filter(event -> event instanceof Event.Jump
                                    || (event instanceof Event.Down down && down.jump() != 0))
                            .count(),
                    events.stream().filter(event -> event instanceof Event.Down).count());
        }
        assertThat(wrong).as("seed %s", Long.getLong("erlust.year.seed", SEED)).isEmpty();
        assertThat(targets).isPositive();
    }

    private void check(YearWorld world) {
        for (YearPlan plan : plans) {
            YearLog.Entry entry = world.log().of(plan.id());
            List<Target> due = plan.recurs() != null
                    ? YearTargets.of(plan, plan.recurs(), world.timeline(), entry, START)
                    : due(plan, world);
            targets += due.size();
            List<Long> begins = entry.runs.stream()
                    .filter(run -> run.attempt == 1)
                    .map(run -> run.begin)
                    .toList();
            Chronos.Report report = Chronos.match(due, begins, TOLERANCE);
            if (!report.isClean()) {
                wrong.add(plan + ": " + report + " of "
                        + entry.runs.stream().filter(run -> near(run, report)).toList());
            }
            spoilt(plan, due, begins);
            runs(plan, entry);
            attempts(plan, entry, world.timeline());
        }
    }

    /** The checker is worth something only if it complains. */
    private void spoilt(YearPlan plan, List<Target> due, List<Long> begins) {
        if (begins.isEmpty()) {
            return;
        }
        int one = Math.floorMod(plan.id().hashCode(), begins.size());
        List<Long> dropped = new ArrayList<>(begins);
        dropped.remove(one);
        List<Long> doubled = new ArrayList<>(begins);
        doubled.add(one, begins.get(one));
        List<Long> early = new ArrayList<>(begins);
        early.set(one, begins.get(one) - 1);
        for (List<Long> spoilt : List.of(dropped, doubled, early)) {
            if (Chronos.match(due, spoilt, TOLERANCE).isClean()) {
                wrong.add(plan + ": the checker saw nothing wrong with " + spoilt);
            }
        }
    }

    private static boolean near(YearLog.Run run, Chronos.Report report) {
        List<Long> times = new ArrayList<>(report.extra());
        report.missed().forEach(target -> times.add(target.at()));
        return times.stream().anyMatch(at -> Math.abs(run.begin - at) < 2 * DAY);
    }

    /** Those of a job that runs once: at most one. */
    private static List<Target> due(YearPlan plan, YearWorld world) {
        Timeline timeline = world.timeline();
        if (!plan.after().isEmpty()) {
            return afterOthers(plan, world);
        }
        long at = plan.at() != Timeline.NEVER
                ? timeline.wallReaches(plan.at(), START)
                : timeline.steadyReaches(timeline.steady(START) + plan.delay(), START);
        long end = plan.expires() == Timeline.NEVER
                ? Timeline.NEVER
                : timeline.wallReaches(plan.expires(), START);
        return at == Timeline.NEVER || end <= at ? List.of() : List.of(new Target(at, "due"));
    }

    private static List<Target> afterOthers(YearPlan plan, YearWorld world) {
        List<YearLog.Entry> awaited =
                plan.after().stream().map(id -> world.log().of(id)).toList();
        List<Long> bad = awaited.stream()
                .filter(entry -> entry.state != JobState.COMPLETED && entry.state != null)
                .map(entry -> entry.ended)
                .sorted()
                .toList();
        long last = awaited.stream().mapToLong(entry -> entry.ended).max().orElseThrow();
        long at = switch (plan.on()) {
            case COMPLETED -> bad.isEmpty() ? last : Timeline.NEVER;
            case FINISHED -> last;
            case FAILED -> bad.isEmpty() ? Timeline.NEVER : bad.getFirst();
        };
        return at == Timeline.NEVER ? List.of() : List.of(new Target(at, "after the others"));
    }

    /** Numbered without a gap, one at a time, and replaced only by those that may. */
    private void runs(YearPlan plan, YearLog.Entry entry) {
        long end = START;
        int number = 1;
        for (YearLog.Run run : entry.runs) {
            boolean replaced = run.reason.startsWith("replaced");
            boolean mayBe = plan.recurs() != null
                    && plan.recurs().overlap() == When.Overlap.REPLACE
                    && run.cancelAsked != Timeline.NEVER;
            if (run.number != number || run.begin < end || (replaced && !mayBe)) {
                wrong.add(plan + ": " + run + " after " + end + ", expected number " + number);
            }
            end = run.end;
            number++;
        }
    }

    /** Each pause is between half and the whole of what is documented. */
    private void attempts(YearPlan plan, YearLog.Entry entry, Timeline timeline) {
        YearLog.Run before = null;
        for (YearLog.Run run : entry.runs) {
            boolean wrongNumber = run.attempt > plan.attempts()
                    || (run.attempt > 1) != (before != null && before.retried);
            if (run.attempt > 1) {
                YearLog.Run failed = Objects.requireNonNull(before);
                long whole = plan.backOff();
                for (int i = 2; i < run.attempt && whole < 3_600_000; i++) {
                    whole = Math.min(2 * whole, Math.max(3_600_000, plan.backOff()));
                }
                long steady = timeline.steady(failed.end);
                long first = timeline.steadyReaches(steady + whole / 2, failed.end);
                long last = timeline.steadyReaches(steady + whole, failed.end);
                wrongNumber |= run.attempt != failed.attempt + 1;
                wrongNumber |= run.begin < first || run.begin > last;
            }
            if (wrongNumber) {
                wrong.add(plan + ": " + run + " follows " + before);
            }
            before = run;
        }
    }

    private List<Event> events(long days) {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            long at = START + random.nextLong(days * DAY);
            long length = switch (random.nextInt(3)) {
                case 0 -> random.nextLong(20_000, 120_000);
                case 1 -> random.nextLong(3_600_000, DAY / 2);
                default -> random.nextLong(DAY, 3 * DAY);
            };
            long jump = random.nextInt(4) == 0 ? day() : 0;
            events.add(new Event.Down(at, at + length, jump));
        }
        for (int i = 0; i < 30; i++) {
            long at = START + random.nextLong(days * DAY);
            long jump = day();
            events.add(new Event.Jump(at, jump));
            if (random.nextBoolean()) { // somebody corrects it
                events.add(new Event.Jump(at + random.nextLong(60_000, DAY / 4), -jump));
            }
        }
        plans.stream().filter(plan -> plan.recurs() != null).forEach(plan -> {
            long at = START + random.nextLong(days * DAY);
            switch (random.nextInt(12)) {
                case 0, 1 -> {
                    events.add(new Event.Act(at, "pause", plan.id()));
                    long until = at + random.nextLong(60_000, 10 * DAY);
                    events.add(new Event.Act(until, "resume", plan.id()));
                }
                case 2 -> {
                    if (plan.attempts() == 1) {
                        events.add(new Event.Act(at, "start", plan.id()));
                    }
                }
                case 3 -> events.add(new Event.Act(at, "cancel", plan.id()));
                default -> {}
            }
        });
        return inOrder(events, START + days * DAY);
    }

    /** What would come while no server runs does not. */
    private static List<Event> inOrder(List<Event> events, long end) {
        List<Event> inOrder = new ArrayList<>();
        long up = START;
        events.sort(Comparator.comparingLong(Event::at));
        for (Event event : events) {
            boolean isUp = event.at() > up && event.at() < end;
            if (isUp && (!(event instanceof Event.Down down) || down.until() < end)) {
                inOrder.add(event);
                up = event instanceof Event.Down down ? down.until() : up;
            }
        }
        return inOrder;
    }

    private long day() {
        return random.nextBoolean() ? DAY : -DAY;
    }
}
