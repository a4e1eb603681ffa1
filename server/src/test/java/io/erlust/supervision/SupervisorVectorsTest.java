package io.erlust.supervision;

import static io.erlust.jobs.spec.Restart.Strategy.ONE_FOR_ALL;
import static io.erlust.jobs.spec.Restart.Strategy.ONE_FOR_ONE;
import static io.erlust.jobs.spec.Restart.Strategy.REST_FOR_ONE;
import static io.erlust.jobs.spec.Restart.Type.PERMANENT;
import static io.erlust.jobs.spec.Restart.Type.TEMPORARY;
import static io.erlust.jobs.spec.Restart.Type.TRANSIENT;
import static io.erlust.supervision.SupervisorFlags.AutoShutdown.ALL_SIGNIFICANT;
import static io.erlust.supervision.SupervisorFlags.AutoShutdown.ANY_SIGNIFICANT;
import static io.erlust.supervision.SupervisorFlags.AutoShutdown.NEVER;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.erlust.jobs.JobState;
import io.erlust.jobs.spec.JobId;
import io.erlust.jobs.spec.Restart;
import io.erlust.jobs.spec.Restart.Strategy;
import io.erlust.supervision.SupervisorFlags.AutoShutdown;
import io.erlust.time.WallClock;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The rules of OTP's supervisors and links, one named row each. A row is a conversation: the
 * milliseconds, what happens, and after the colon what the supervisor wants done, in this order.
 */
class SupervisorVectorsTest {
    private static final long ORIGIN = -7_000_000_000L; // nanoTime may be negative
    private static final Duration SHUTDOWN = Duration.ofSeconds(5);

    /** A supervisor under test. */
    private record Under(SupervisorFlags flags, List<ChildSpec> children) {
        Under intensity(int intensity) {
            return new Under(
                    new SupervisorFlags(
                            flags.strategy(),
                            intensity,
                            flags.period(),
                            flags.autoShutdown(),
                            flags.rerunCompleted()),
                    children);
        }

        Under rerunCompleted() {
            return new Under(
                    new SupervisorFlags(
                            flags.strategy(),
                            flags.intensity(),
                            flags.period(),
                            flags.autoShutdown(),
                            true),
                    children);
        }

        Supervisor start() {
            return new Supervisor(flags, children, ORIGIN, new SplittableRandom(1));
        }
    }

    private static Under under(Strategy strategy, Restart.Type... types) {
        return under(
                strategy,
                NEVER,
                Stream.of(types)
                        .map(type -> new ChildSpec(type, SHUTDOWN, false))
                        .toArray(ChildSpec[]::new));
    }

    private static Under under(Strategy strategy, AutoShutdown auto, ChildSpec... children) {
        return new Under(
                new SupervisorFlags(strategy, 1, Duration.ofSeconds(5), auto, false),
                List.of(children));
    }

    private static ChildSpec significant(Restart.Type type) {
        return new ChildSpec(type, SHUTDOWN, true);
    }

    @TestFactory
    Stream<DynamicTest> which_ends_restart() {
        return Stream.of(
                row("1 permanent, exit 0: restarted", under(ONE_FOR_ONE, PERMANENT), """
                                0 tick: start 0
                                10 normal 0: start 0
                                """),
                row("2 transient, exit 0: not", under(ONE_FOR_ONE, TRANSIENT, TRANSIENT), """
                                0 tick: start 0, start 1
                                10 normal 0:
                                20 normal 1: end completed
                                """),
                row(
                        "3 transient, exit 1: restarted",
                        under(ONE_FOR_ONE, TRANSIENT, TRANSIENT),
                        """
                                0 tick: start 0, start 1
                                10 crash 1: start 1
                                """),
                row(
                        "4 transient, ended by a signal that we sent: not",
                        under(ONE_FOR_ONE, TRANSIENT, TRANSIENT),
                        """
                                0 tick: start 0, start 1
                                10 cancel: stop 1 cancelled, stop 0 cancelled
                                20 crash 0:
                                30 crash 1: end cancelled
                                """),
                row(
                        "5 temporary, signal 11: not, and it is forgotten",
                        under(ONE_FOR_ALL, TEMPORARY, PERMANENT),
                        """
                                0 tick: start 0, start 1
                                10 crash 0:
                                20 crash 1: start 1
                                """));
    }

    @TestFactory
    Stream<DynamicTest> how_restarts_are_counted() {
        Under one = under(ONE_FOR_ONE, TRANSIENT);
        return Stream.of(
                row("6 crashes exactly one period apart both count", one, """
                                0 tick: start 0
                                0 crash 0: start 0
                                5000 crash 0: end failed
                                """),
                row("6 crashes more than a period apart do not add up", one, """
                                0 tick: start 0
                                0 crash 0: start 0
                                6000 crash 0: start 0
                                12000 crash 0: start 0
                                """),
                row("7 with intensity 0 the first crash is too much", one.intensity(0), """
                                0 tick: start 0
                                0 crash 0: end failed
                                """),
                row(
                        "8 a crash under one_for_all is one restart, not four",
                        under(ONE_FOR_ALL, TRANSIENT, TRANSIENT, TRANSIENT, TRANSIENT),
                        """
                                0 tick: start 0, start 1, start 2, start 3
                                0 crash 2: stop 3 shutdown, stop 1 shutdown, stop 0 shutdown
                                10 crash 0:
                                10 crash 1:
                                10 crash 3: start 0, start 1, start 2, start 3
                                6000 crash 0: stop 3 shutdown, stop 2 shutdown, stop 1 shutdown
                                6010 normal 1:
                                6010 normal 2:
                                6010 normal 3: start 0, start 1, start 2, start 3
                                6020 crash 0: stop 3 shutdown, stop 2 shutdown, stop 1 shutdown
                                6030 crash 1:
                                6030 crash 2:
                                6030 crash 3: end failed
                                """),
                row("9 a failed start counts and is repeated", one, """
                                0 tick: start 0
                                0 unstarted 0: start 0
                                10 unstarted 0: end failed
                                """),
                row("21 only the monotonic clock counts, whatever the time of day does", one, """
                                0 tick: start 0
                                86400000 crash 0: start 0
                                86403000 crash 0: end failed
                                """));
    }

    @TestFactory
    Stream<DynamicTest> what_happens_to_siblings() {
        Under completed = under(ONE_FOR_ALL, TRANSIENT, TRANSIENT, TRANSIENT);
        return Stream.of(
                row(
                        "10 rest_for_one stops in reverse order and starts in order",
                        under(REST_FOR_ONE, TRANSIENT, TRANSIENT, TRANSIENT, TRANSIENT),
                        """
                                0 tick: start 0, start 1, start 2, start 3
                                10 crash 1: stop 3 shutdown, stop 2 shutdown
                                20 crash 2:
                                30 crash 3: start 1, start 2, start 3
                                """),
                row(
                        "11 a temporary sibling is stopped and forgotten",
                        under(ONE_FOR_ALL, TEMPORARY, TRANSIENT, TRANSIENT),
                        """
                                0 tick: start 0, start 1, start 2
                                10 crash 1: stop 2 shutdown, stop 0 shutdown
                                20 crash 0:
                                30 crash 2: start 1, start 2
                                """),
                row("12 a completed transient sibling stays completed (ours)", completed, """
                                0 tick: start 0, start 1, start 2
                                10 normal 0:
                                20 crash 1: stop 2 shutdown
                                30 crash 2: start 1, start 2
                                """),
                row(
                        "12 with rerun_completed it is started again (OTP's)",
                        completed.rerunCompleted(),
                        """
                                0 tick: start 0, start 1, start 2
                                10 normal 0:
                                20 crash 1: stop 2 shutdown
                                30 crash 2: start 0, start 1, start 2
                                """));
    }

    @TestFactory
    Stream<DynamicTest> how_children_are_stopped() {
        return Stream.of(
                row(
                        "13 a shutdown of 5 s is waited for, then comes the kill, and again",
                        under(ONE_FOR_ONE, TRANSIENT, TRANSIENT),
                        """
                                0 tick: start 0, start 1
                                0 cancel: stop 1 cancelled, stop 0 cancelled
                                4999 tick:
                                4999 normal 0:
                                5000 tick: kill 1 cancelled
                                9999 tick:
                                10000 tick: kill 1 cancelled
                                10100 crash 1: end cancelled
                                """),
                row(
                        "13 with a shutdown of 0 s the kill comes at once",
                        under(ONE_FOR_ONE, NEVER, new ChildSpec(TRANSIENT, Duration.ZERO, false)),
                        """
                                0 tick: start 0
                                0 cancel: kill 0 cancelled
                                10 crash 0: end cancelled
                                """),
                dynamicTest(
                        "14 64 children that do not stop take one shutdown time, not 64",
                        SupervisorVectorsTest::sixty_four));
    }

    private static void sixty_four() {
        ChildSpec child = new ChildSpec(TRANSIENT, SHUTDOWN, true);
        Supervisor supervisor = under(
                        ONE_FOR_ONE,
                        ALL_SIGNIFICANT,
                        Collections.nCopies(64, child).toArray(ChildSpec[]::new))
                .start();
        supervisor.on(new Event.Tick(), ORIGIN);
        assertThat(supervisor.on(Conversation.event("cancel"), ORIGIN)).hasSize(64);
        assertThat(supervisor.next()).hasValue(ORIGIN + SHUTDOWN.toNanos());
        assertThat(supervisor.on(new Event.Tick(), ORIGIN + SHUTDOWN.toNanos()))
                .hasSize(64)
                .hasOnlyElementsOfType(Command.KillNode.class);
    }

    @TestFactory
    Stream<DynamicTest> one_supervisor_under_another() {
        return Stream.of(PERMANENT, TRANSIENT)
                .map(type -> dynamicTest(
                        "15 an inner supervisor that gave up is "
                                + (type == PERMANENT ? "" : "not ")
                                + "restarted by an outer one when it is " + type,
                        () -> nested(type)));
    }

    private static void nested(Restart.Type type) {
        Supervisor outer = under(ONE_FOR_ONE, type).start();
        outer.on(new Event.Tick(), ORIGIN);
        Supervisor inner = under(ONE_FOR_ONE, TRANSIENT).intensity(0).start();
        inner.on(new Event.Tick(), ORIGIN);
        assertThat(inner.on(Conversation.event("crash 0"), ORIGIN))
                .hasOnlyElementsOfType(Command.EndJob.class);
        // every end of a supervisor is `shutdown`, which is no crash
        Event end = new Event.Exited(0, true, "shutdown", Optional.empty(), 0, "");
        assertThat(Conversation.shown(outer.on(end, ORIGIN)))
                .isEqualTo(type == PERMANENT ? "start 0" : "end completed");
    }

    @TestFactory
    Stream<DynamicTest> automatic_shutdown() {
        ChildSpec other = new ChildSpec(PERMANENT, SHUTDOWN, false);
        ChildSpec transientOne = significant(TRANSIENT);
        ChildSpec temporaryOne = significant(TEMPORARY);
        return Stream.of(
                row(
                        "16 any: a transient child that ended normally ends all",
                        under(ONE_FOR_ONE, ANY_SIGNIFICANT, transientOne, transientOne, other),
                        """
                                0 tick: start 0, start 1, start 2
                                10 crash 0: start 0
                                20 normal 1: stop 2 shutdown, stop 0 shutdown
                                30 crash 0:
                                40 crash 2: end completed
                                """),
                row(
                        "16 any: a temporary child ends all however it ended",
                        under(ONE_FOR_ONE, ANY_SIGNIFICANT, temporaryOne, other),
                        """
                                0 tick: start 0, start 1
                                10 crash 0: stop 1 shutdown
                                20 normal 1: end failed
                                """),
                row(
                        "16 all: only the last one that ended by itself ends all",
                        under(ONE_FOR_ONE, ALL_SIGNIFICANT, transientOne, temporaryOne, other),
                        """
                                0 tick: start 0, start 1, start 2
                                10 crash 1:
                                20 crash 0: start 0
                                30 normal 0: stop 2 shutdown
                                40 crash 2: end completed
                                """),
                row(
                        "16 a child that we stopped for its siblings does not count",
                        under(ONE_FOR_ALL, ANY_SIGNIFICANT, temporaryOne, other),
                        """
                                0 tick: start 0, start 1
                                10 crash 1: stop 0 shutdown
                                20 normal 0: start 1
                                """),
                dynamicTest(
                        "17 significant and permanent is refused",
                        () -> assertThatThrownBy(() -> significant(PERMANENT))
                                .hasMessageContaining("permanent child can't be significant")),
                dynamicTest(
                        "17 significant without automatic shutdown is refused",
                        () -> assertThatThrownBy(() ->
                                        under(ONE_FOR_ONE, NEVER, transientOne).start())
                                .hasMessageContaining("never shuts down")));
    }

    @Test
    void vector_18_a_linked_job_is_told_of_a_bad_end_and_not_of_a_good_one() throws Exception {
        withJobs(fixture -> {
            fixture.submit("good");
            fixture.submit("bad");
            fixture.submit("a", "'links': ['good', 'bad']");
            fixture.jobs.move(new JobId("good"), 1, JobState.RUNNING, Optional.empty(), List.of());
            fixture.jobs.move(
                    new JobId("good"), 1, JobState.COMPLETED, Optional.empty(), List.of());
            assertThat(fixture.get("a").state()).isEqualTo(JobState.AVAILABLE);
            fixture.jobs.move(
                    new JobId("bad"), 1, JobState.FAILED, Optional.of("why\nmore"), List.of());
            assertThat(fixture.get("a").state()).isEqualTo(JobState.FAILED);
            assertThat(fixture.get("a").reason()).contains("linked job \"bad\" failed: why");
        });
    }

    @TestFactory
    Stream<DynamicTest> kills_and_signals() {
        Under one = under(ONE_FOR_ONE, TRANSIENT);
        return Stream.of(
                row("19 an explicit kill is not a request", one, """
                                0 tick: start 0
                                10 kill: kill 0 shutdown
                                """),
                row("19 what arrives over a link is a request, and a kill comes later", one, """
                                0 tick: start 0
                                10 signal: stop 0 shutdown
                                5010 tick: kill 0 shutdown
                                5020 crash 0: end failed
                                """));
    }

    @Test
    void vector_20_a_link_to_a_job_that_failed_before_is_answered_noproc_once() throws Exception {
        withJobs(fixture -> {
            fixture.submit("dead");
            fixture.jobs.cancel(new JobId("dead"));
            fixture.submit("a", "'links': ['dead']");
            assertThat(fixture.get("a").state()).isEqualTo(JobState.FAILED);
            assertThat(fixture.get("a").reason())
                    .contains("noproc: linked job \"dead\" ended before (cancelled)");
            fixture.jobs.retry(new JobId("dead"));
            fixture.jobs.cancel(new JobId("dead"));
            assertThat(fixture.get("a").run()).isEqualTo(1);
        });
    }

    private static void withJobs(Consumer<RunnerFixture> test) throws InterruptedException {
        RunnerFixture fixture = new RunnerFixture(WallClock.system());
        try {
            test.accept(fixture);
        } finally {
            fixture.close();
        }
    }

    private static DynamicTest row(String name, Under under, String conversation) {
        return dynamicTest(name, () -> Conversation.hold(under.start(), ORIGIN, conversation));
    }
}
