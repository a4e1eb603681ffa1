package io.erlust.supervision;

import static io.erlust.jobs.spec.Restart.AutoShutdown.ALL;
import static io.erlust.jobs.spec.Restart.AutoShutdown.ANY;
import static io.erlust.jobs.spec.Restart.Strategy.ONE_FOR_ALL;
import static io.erlust.jobs.spec.Restart.Strategy.ONE_FOR_ONE;
import static io.erlust.jobs.spec.Restart.Type.PERMANENT;
import static io.erlust.jobs.spec.Restart.Type.TEMPORARY;
import static io.erlust.jobs.spec.Restart.Type.TRANSIENT;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.spec.Restart;
import io.erlust.jobs.spec.Restart.AutoShutdown;
import io.erlust.jobs.spec.Restart.Strategy;
import io.erlust.supervision.Command.EndJob;
import io.erlust.supervision.Command.KillNode;
import io.erlust.supervision.Command.StartNode;
import io.erlust.supervision.Command.StopNode;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Our rules beside OTP's, which are in {@link SupervisorVectorsTest}. Times are in milliseconds
 * from an arbitrary start.
 */
class SupervisorTest {
    private static final Duration SHUTDOWN = Duration.ofSeconds(5);
    private static final long ORIGIN = -7_000_000_000L; // nanoTime may be negative

    private Supervisor supervisor = supervisor(1, 5, 1);

    /** Items acknowledged. */
    private long total;

    private static Supervisor supervisor(int intensity, int periodSeconds, int nodes) {
        Duration period = Duration.ofSeconds(periodSeconds);
        Restart restart =
                new Restart(ONE_FOR_ONE, TRANSIENT, intensity, period, SHUTDOWN, ALL, false);
        return started(restart, nodes);
    }

    private static Supervisor started(Restart restart, int nodes) {
        Supervisor supervisor = fresh(restart, nodes);
        supervisor.on(new Event.Tick(), ORIGIN);
        return supervisor;
    }

    @Test
    void waits_differ_by_chance_from_half_to_the_whole() {
        BackOff backOff = new BackOff(new SplittableRandom(7));
        List<Duration> waits = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            Child child = new Child(0, new ChildSpec(TRANSIENT, Duration.ZERO, false), 0);
            child.streak = 2;
            waits.add(backOff.before(child, 1));
        }
        assertThat(waits).allMatch(wait -> wait.toMillis() >= 50 && wait.toMillis() <= 100);
        assertThat(waits).anyMatch(wait -> wait.toMillis() < 55);
        assertThat(waits).anyMatch(wait -> wait.toMillis() > 95);
    }

    private static Supervisor fresh(Restart restart, int nodes) {
        return Supervisor.of(restart, nodes, ORIGIN, new SplittableRandom(1));
    }

    private static long at(long millis) {
        return ORIGIN + millis * 1_000_000;
    }

    private List<Command> exit(int rank, boolean normal, long millis) {
        String how = normal ? "normal" : "exit 1";
        return supervisor.on(
                new Event.Exited(rank, normal, how, Optional.empty(), total, ""), at(millis));
    }

    private List<Command> crash(int rank, long millis) {
        return exit(rank, false, millis);
    }

    private List<Command> crashOn(String item, boolean acknowledged, long millis) {
        total += acknowledged ? 1 : 0;
        return supervisor.on(
                new Event.Exited(0, false, "exit 1", Optional.of(item), total, "last words"),
                at(millis));
    }

    private List<Command> tick(long millis) {
        return supervisor.on(new Event.Tick(), at(millis));
    }

    private static EndJob completed() {
        return new EndJob(Outcome.COMPLETED, Optional.empty());
    }

    @Test
    void the_first_tick_starts_the_nodes_in_order() {
        Supervisor fresh = fresh(Restart.DEFAULT, 3);
        assertThat(fresh.on(new Event.Tick(), ORIGIN))
                .containsExactly(new StartNode(0), new StartNode(1), new StartNode(2));
        assertThat(fresh.on(new Event.Tick(), ORIGIN)).isEmpty();
    }

    @Test
    void seconds_are_whole_like_in_otp() {
        assertThat(crash(0, 0)).containsExactly(new StartNode(0));
        assertThat(crash(0, 5_999)).hasExactlyElementsOfTypes(EndJob.class);
    }

    @Test
    void crashes_of_different_nodes_count_together() {
        supervisor = supervisor(1, 5, 3);
        assertThat(crash(0, 0)).containsExactly(new StartNode(0));
        assertThat(crash(2, 100))
                .containsExactly(
                        new StopNode(1, Duration.ofSeconds(5), StopReason.SHUTDOWN),
                        new StopNode(0, Duration.ofSeconds(5), StopReason.SHUTDOWN));
        assertThat(exit(0, true, 200)).isEmpty();
        assertThat(exit(1, true, 300))
                .containsExactly(new EndJob(
                        Outcome.FAILED,
                        Optional.of("node 2: exit 1 (restart intensity 1 in 5 s exceeded)")));
    }

    @Test
    void the_reason_ends_with_the_last_stderr() {
        supervisor = supervisor(0, 5, 1);
        assertThat(crashOn("1.0", false, 0))
                .containsExactly(new EndJob(
                        Outcome.FAILED,
                        Optional.of("node 0: exit 1 (restart intensity 0 in 5 s exceeded)\n"
                                + "last words")));
    }

    @Test
    void the_next_tick_is_for_whoever_is_due_first() {
        supervisor = supervisor(1, 5, 2);
        crashOn("a", true, 0);
        crashOn("a", true, 0);
        tick(50);
        crashOn("a", true, 50); // due at 100 to 150
        crash(1, 60); // at once
        for (int i = 0; i < 2; i++) { // due at 85 to 110
            supervisor.on(
                    new Event.Exited(1, false, "exit 1", Optional.of("b"), ++total, ""), at(60));
        }
        assertThat(supervisor.next().orElseThrow()).isBetween(at(85), at(110));
    }

    @Test
    void without_grace_nodes_are_killed_at_once() {
        assertThat(stop(Outcome.INTERRUPTED, Duration.ZERO, 0))
                .containsExactly(new KillNode(0, StopReason.SHUTDOWN));
    }

    @Test
    void a_second_request_can_only_shorten_the_time() {
        cancel(0);
        assertThat(stop(Outcome.INTERRUPTED, Duration.ofSeconds(1), 100)).isEmpty();
        assertThat(supervisor.next()).hasValue(at(1_100));
        assertThat(stop(Outcome.INTERRUPTED, Duration.ofSeconds(4), 200)).isEmpty();
        assertThat(supervisor.next()).hasValue(at(1_100));
        assertThat(crash(0, 300))
                .containsExactly(new EndJob(Outcome.CANCELLED, Optional.of("on request")));
    }

    @Test
    void a_cancellation_wins_over_the_stop_of_the_server() {
        stop(Outcome.INTERRUPTED, Duration.ofSeconds(4), 0);
        cancel(100);
        assertThat(exit(0, true, 200))
                .containsExactly(new EndJob(Outcome.CANCELLED, Optional.of("on request")));
    }

    @Test
    void a_stop_before_the_first_start_starts_nothing() {
        Supervisor fresh = fresh(Restart.DEFAULT, 2);
        assertThat(fresh.on(
                        new Event.StopRequested(
                                Outcome.INTERRUPTED,
                                "stop",
                                Duration.ofSeconds(1),
                                StopReason.SHUTDOWN),
                        ORIGIN))
                .containsExactly(new EndJob(Outcome.INTERRUPTED, Optional.of("stop")));
        assertThat(fresh.on(new Event.Tick(), ORIGIN)).isEmpty();
    }

    @Test
    void poison_among_good_items_never_fails_the_job() {
        for (int i = 0; i < 100; i++) {
            crashOn("poison." + i, true, i * 2_000L);
            assertThat(tick(i * 2_000L + 1_000)).doesNotHaveAnyElementsOfTypes(EndJob.class);
        }
        assertThat(exit(0, true, 300_000)).containsExactly(completed());
    }

    @Test
    void code_that_crashes_on_everything_fails_early() {
        assertThat(crashOn("1.0", false, 0)).containsExactly(new StartNode(0));
        assertThat(crashOn("1.1", false, 50)).hasExactlyElementsOfTypes(EndJob.class);
    }

    @Test
    void an_only_item_that_crashes_code_which_never_worked_fails_early() {
        assertThat(crashOn("1.0", false, 0)).containsExactly(new StartNode(0));
        assertThat(crashOn("1.0", false, 50)).hasExactlyElementsOfTypes(EndJob.class);
    }

    @Test
    void poison_items_left_over_at_the_end_are_retried_without_failing_the_job() {
        crashOn("1.5", true, 0);
        crashOn("1.9", true, 1_000);
        for (int attempt = 2; attempt < 10; attempt++) {
            crashOn("1.5", false, attempt * 1_000L);
            tick(attempt * 1_000L + 500);
            assertThat(crashOn("1.9", false, attempt * 1_000L + 500))
                    .doesNotHaveAnyElementsOfTypes(EndJob.class);
        }
    }

    @Test
    void a_crash_without_an_item_always_counts() {
        assertThat(supervisor.on(
                        new Event.Exited(0, false, "signal 9", Optional.empty(), ++total, ""),
                        at(0)))
                .containsExactly(new StartNode(0));
        assertThat(supervisor.on(
                        new Event.Exited(0, false, "signal 9", Optional.empty(), ++total, ""),
                        at(1)))
                .hasExactlyElementsOfTypes(EndJob.class);
    }

    @Test
    void restarts_that_do_not_count_back_off_and_forget_it_after_ten_good_seconds() {
        long now = 0;
        for (long wait : new long[] {0, 50, 100, 200, 400, 800, 1000, 1000, 1000}) {
            List<Command> commands = crashOn("a", true, now);
            if (wait == 0) {
                assertThat(commands).containsExactly(new StartNode(0));
            } else {
                assertThat(commands).isEmpty();
                long next = supervisor.next().orElseThrow();
                assertThat(next).isBetween(at(now + wait / 2), at(now + wait));
                assertThat(supervisor.on(new Event.Tick(), next - 1)).isEmpty();
                assertThat(supervisor.on(new Event.Tick(), next)).containsExactly(new StartNode(0));
            }
            now += wait + 1;
        }
        assertThat(crashOn("a", true, now + 10_000)).containsExactly(new StartNode(0));
    }

    @Test
    void a_node_that_waits_for_its_restart_needs_no_stop() {
        supervisor = supervisor(1, 5, 2);
        crashOn("a", true, 0);
        crashOn("b", true, 1);
        assertThat(cancel(2))
                .containsExactly(new StopNode(1, Duration.ofSeconds(5), StopReason.CANCELLED));
        assertThat(exit(1, true, 3)).hasExactlyElementsOfTypes(EndJob.class);
    }

    private List<Command> cancel(long millis) {
        return supervisor.on(
                new Event.StopRequested(
                        Outcome.CANCELLED, "on request", Duration.ofDays(1), StopReason.CANCELLED),
                at(millis));
    }

    @Test
    void a_permanent_node_is_started_again_after_any_end_and_each_counts() {
        supervisor = started(restart(ONE_FOR_ONE, PERMANENT, ALL), 2);
        assertThat(exit(0, true, 0)).containsExactly(new StartNode(0));
        assertThat(exit(1, true, 10)).hasExactlyElementsOfTypes(StopNode.class);
        assertThat(exit(0, false, 20))
                .containsExactly(new EndJob(
                        Outcome.FAILED,
                        Optional.of("node 1: normal (restart intensity 1 in 5 s exceeded)")));
    }

    @Test
    void a_job_of_temporary_nodes_fails_only_when_none_ended_normally() {
        supervisor = started(restart(ONE_FOR_ALL, TEMPORARY, ALL), 3);
        assertThat(crash(0, 0)).isEmpty();
        assertThat(exit(1, true, 10)).isEmpty();
        assertThat(startFailed(2, 20)).containsExactly(completed());
        supervisor = started(restart(ONE_FOR_ALL, TEMPORARY, ALL), 2);
        assertThat(crash(0, 0)).isEmpty();
        assertThat(startFailed(1, 20))
                .containsExactly(new EndJob(
                        Outcome.FAILED, Optional.of("node 1: could not be started: no python3")));
    }

    @Test
    void the_first_answer_wins_and_the_others_are_stopped() {
        supervisor = started(restart(ONE_FOR_ONE, TRANSIENT, ANY), 3);
        assertThat(crash(0, 0)).containsExactly(new StartNode(0));
        assertThat(exit(1, true, 10))
                .containsExactly(
                        new StopNode(2, SHUTDOWN, StopReason.SHUTDOWN),
                        new StopNode(0, SHUTDOWN, StopReason.SHUTDOWN));
        assertThat(crash(0, 20)).isEmpty();
        assertThat(cancel(25)).isEmpty(); // too late: there is an answer
        assertThat(crash(2, 30)).containsExactly(completed());
    }

    @Test
    void the_first_end_of_a_temporary_node_decides_also_when_it_is_a_crash() {
        supervisor = started(restart(ONE_FOR_ONE, TEMPORARY, ANY), 2);
        assertThat(crash(1, 10)).containsExactly(new StopNode(0, SHUTDOWN, StopReason.SHUTDOWN));
        assertThat(exit(0, true, 30))
                .containsExactly(new EndJob(Outcome.FAILED, Optional.of("node 1: exit 1")));
    }

    @Test
    void a_sibling_that_is_being_stopped_is_not_a_crash_and_starts_when_all_are_gone() {
        supervisor = started(restart(ONE_FOR_ALL, TRANSIENT, ALL), 3);
        assertThat(crash(1, 0))
                .containsExactly(
                        new StopNode(2, SHUTDOWN, StopReason.SHUTDOWN),
                        new StopNode(0, SHUTDOWN, StopReason.SHUTDOWN));
        assertThat(crash(2, 10)).isEmpty();
        assertThat(supervisor.next()).hasValue(at(5_000));
        assertThat(tick(5_000)).containsExactly(new KillNode(0, StopReason.SHUTDOWN));
        assertThat(crash(0, 5_010))
                .containsExactly(new StartNode(0), new StartNode(1), new StartNode(2));
    }

    @Test
    void a_cancellation_in_the_middle_of_a_restart_of_siblings_is_in_time() {
        supervisor = started(restart(ONE_FOR_ALL, TRANSIENT, ALL), 3);
        crash(1, 0);
        assertThat(crash(2, 10)).isEmpty();
        assertThat(cancel(4_000)).isEmpty(); // the one that is left has been asked already
        assertThat(tick(5_000)).containsExactly(new KillNode(0, StopReason.CANCELLED));
        assertThat(crash(0, 5_010))
                .containsExactly(new EndJob(Outcome.CANCELLED, Optional.of("on request")));
    }

    @Test
    void siblings_wait_for_a_restart_that_backs_off() {
        supervisor = started(restart(ONE_FOR_ALL, TRANSIENT, ALL), 2);
        crashOn("a", true, 0);
        assertThat(exit(1, true, 1)).containsExactly(new StartNode(0), new StartNode(1));
        crashOn("a", true, 2); // due at 27 to 52
        assertThat(exit(1, false, 3)).isEmpty();
        assertThat(supervisor.next().orElseThrow()).isBetween(at(27), at(52));
        assertThat(tick(52)).containsExactly(new StartNode(0), new StartNode(1));
    }

    @Test
    void a_completed_node_gives_its_place_away_unless_it_may_be_run_again() {
        supervisor = started(restart(ONE_FOR_ALL, TRANSIENT, ALL), 2);
        exit(0, true, 0);
        assertThat(supervisor.hasEnded(0)).isTrue();
        assertThat(supervisor.isGoneForGood(0)).isTrue();
        supervisor =
                started(new Restart(ONE_FOR_ALL, TRANSIENT, 1, SHUTDOWN, SHUTDOWN, ALL, true), 2);
        exit(0, true, 0);
        assertThat(supervisor.hasEnded(0)).isTrue();
        assertThat(supervisor.isGoneForGood(0)).isFalse();
        cancel(10);
        assertThat(supervisor.isGoneForGood(0)).isTrue();
    }

    private List<Command> startFailed(int rank, long millis) {
        return supervisor.on(new Event.StartFailed(rank, "no python3"), at(millis));
    }

    private static Restart restart(Strategy strategy, Restart.Type type, AutoShutdown auto) {
        return new Restart(strategy, type, 1, Duration.ofSeconds(5), SHUTDOWN, auto, false);
    }

    private List<Command> stop(Outcome outcome, Duration grace, long millis) {
        return supervisor.on(
                new Event.StopRequested(outcome, "stop", grace, StopReason.SHUTDOWN), at(millis));
    }
}
