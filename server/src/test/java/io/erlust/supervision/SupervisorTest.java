package io.erlust.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.Restart;
import io.erlust.supervision.Command.EndJob;
import io.erlust.supervision.Command.KillNode;
import io.erlust.supervision.Command.StartNode;
import io.erlust.supervision.Command.StopNode;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** OTP's rules as tables, and ours. Times are in milliseconds from an arbitrary start. */
class SupervisorTest {
    private static final long ORIGIN = -7_000_000_000L; // nanoTime may be negative

    private Supervisor supervisor = supervisor(1, 5, 1);

    private static Supervisor supervisor(int intensity, int periodSeconds, int nodes) {
        Duration period = Duration.ofSeconds(periodSeconds);
        Restart restart = new Restart(intensity, period, Duration.ofSeconds(5));
        Supervisor supervisor = new Supervisor(restart, nodes, ORIGIN);
        supervisor.on(new Event.Tick(), ORIGIN);
        return supervisor;
    }

    private static long at(long millis) {
        return ORIGIN + millis * 1_000_000;
    }

    private List<Command> exit(int rank, boolean normal, long millis) {
        String how = normal ? "normal" : "exit 1";
        return supervisor.on(
                new Event.Exited(rank, normal, how, Optional.empty(), false, ""), at(millis));
    }

    private List<Command> crash(int rank, long millis) {
        return exit(rank, false, millis);
    }

    private List<Command> crashOn(String item, boolean acknowledged, long millis) {
        return supervisor.on(
                new Event.Exited(0, false, "exit 1", Optional.of(item), acknowledged, "last words"),
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
        Supervisor fresh = new Supervisor(Restart.DEFAULT, 3, ORIGIN);
        assertThat(fresh.on(new Event.Tick(), ORIGIN))
                .containsExactly(new StartNode(0), new StartNode(1), new StartNode(2));
        assertThat(fresh.on(new Event.Tick(), ORIGIN)).isEmpty();
    }

    @Test
    void vector_2_a_node_that_ended_normally_is_not_started_again() {
        supervisor = supervisor(1, 5, 2);
        assertThat(exit(0, true, 10)).isEmpty();
        assertThat(exit(1, true, 20)).containsExactly(completed());
    }

    @Test
    void vector_3_a_node_that_crashed_is_started_again_at_once_and_alone() {
        supervisor = supervisor(1, 5, 2);
        assertThat(crash(1, 10)).containsExactly(new StartNode(1));
        assertThat(exit(1, true, 20)).isEmpty();
        assertThat(exit(0, true, 30)).containsExactly(completed());
    }

    @Test
    void vector_4_a_node_that_ended_because_we_stopped_it_is_not_started_again() {
        supervisor = supervisor(1, 5, 2);
        assertThat(cancel(10)).hasSize(2);
        assertThat(crash(0, 20)).isEmpty();
        assertThat(crash(1, 30))
                .containsExactly(new EndJob(Outcome.CANCELLED, Optional.of("on request")));
    }

    @Test
    void vector_6_crashes_exactly_one_period_apart_both_count() {
        assertThat(crash(0, 0)).containsExactly(new StartNode(0));
        assertThat(crash(0, 5_000)).hasExactlyElementsOfTypes(EndJob.class);
    }

    @Test
    void vector_6_crashes_more_than_a_period_apart_do_not_add_up() {
        assertThat(crash(0, 0)).containsExactly(new StartNode(0));
        assertThat(crash(0, 6_000)).containsExactly(new StartNode(0));
        assertThat(crash(0, 12_000)).containsExactly(new StartNode(0));
    }

    @Test
    void seconds_are_whole_like_in_otp() {
        assertThat(crash(0, 0)).containsExactly(new StartNode(0));
        assertThat(crash(0, 5_999)).hasExactlyElementsOfTypes(EndJob.class);
    }

    @Test
    void vector_7_with_intensity_0_the_first_crash_ends_the_job() {
        supervisor = supervisor(0, 5, 1);
        assertThat(crash(0, 0))
                .containsExactly(new EndJob(
                        Outcome.FAILED,
                        Optional.of("node 0: exit 1 (restart intensity 0 in 5 s exceeded)")));
    }

    @Test
    void vector_9_a_failed_start_counts_and_is_repeated() {
        assertThat(startFailed(0)).containsExactly(new StartNode(0));
        assertThat(startFailed(10))
                .containsExactly(new EndJob(
                        Outcome.FAILED,
                        Optional.of("node 0: could not be started: no python3"
                                + " (restart intensity 1 in 5 s exceeded)")));
    }

    private List<Command> startFailed(long millis) {
        return supervisor.on(new Event.StartFailed(0, "no python3"), at(millis));
    }

    @Test
    void crashes_of_different_nodes_count_together() {
        supervisor = supervisor(1, 5, 3);
        assertThat(crash(0, 0)).containsExactly(new StartNode(0));
        assertThat(crash(2, 100))
                .containsExactly(
                        new StopNode(1, Duration.ofSeconds(5)),
                        new StopNode(0, Duration.ofSeconds(5)));
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
    void vector_13_nodes_that_do_not_stop_are_killed_after_their_time_and_again() {
        supervisor = supervisor(1, 5, 2);
        assertThat(cancel(0))
                .containsExactly(
                        new StopNode(1, Duration.ofSeconds(5)),
                        new StopNode(0, Duration.ofSeconds(5)));
        assertThat(supervisor.next()).hasValue(at(5_000));
        assertThat(tick(4_999)).isEmpty();
        assertThat(exit(0, true, 4_999)).isEmpty();
        assertThat(tick(5_000)).containsExactly(new KillNode(1));
        assertThat(tick(9_999)).isEmpty();
        assertThat(tick(10_000)).containsExactly(new KillNode(1));
        assertThat(crash(1, 10_100)).hasExactlyElementsOfTypes(EndJob.class);
    }

    @Test
    void the_next_tick_is_for_whoever_is_due_first() {
        supervisor = supervisor(1, 5, 2);
        crashOn("a", true, 0);
        crashOn("a", true, 0);
        tick(50);
        crashOn("a", true, 50); // due at 150
        crash(1, 60); // at once
        supervisor.on(new Event.Exited(1, false, "exit 1", Optional.of("b"), true, ""), at(60));
        supervisor.on(new Event.Exited(1, false, "exit 1", Optional.of("b"), true, ""), at(60));
        assertThat(supervisor.next()).hasValue(at(110));
    }

    @Test
    void without_grace_nodes_are_killed_at_once() {
        assertThat(stop(Outcome.INTERRUPTED, Duration.ZERO, 0)).containsExactly(new KillNode(0));
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
        Supervisor fresh = new Supervisor(Restart.DEFAULT, 2, ORIGIN);
        assertThat(fresh.on(
                        new Event.StopRequested(Outcome.INTERRUPTED, "stop", Duration.ofSeconds(1)),
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
                        new Event.Exited(0, false, "signal 9", Optional.empty(), true, ""), at(0)))
                .containsExactly(new StartNode(0));
        assertThat(supervisor.on(
                        new Event.Exited(0, false, "signal 9", Optional.empty(), true, ""), at(1)))
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
                assertThat(supervisor.next()).hasValue(at(now + wait));
                assertThat(tick(now + wait - 1)).isEmpty();
                assertThat(tick(now + wait)).containsExactly(new StartNode(0));
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
        assertThat(cancel(2)).containsExactly(new StopNode(1, Duration.ofSeconds(5)));
        assertThat(exit(1, true, 3)).hasExactlyElementsOfTypes(EndJob.class);
    }

    private List<Command> cancel(long millis) {
        return supervisor.on(
                new Event.StopRequested(Outcome.CANCELLED, "on request", Duration.ofDays(1)),
                at(millis));
    }

    private List<Command> stop(Outcome outcome, Duration grace, long millis) {
        return supervisor.on(new Event.StopRequested(outcome, "stop", grace), at(millis));
    }
}
