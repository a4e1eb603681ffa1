package io.erlust.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Optional;

/** When a node is found not to go on; time is what the looks say. */
class WatchTest {
    private static final long TICK = Watch.INTERVAL.toNanos();
    private static final Watch.Sight STOPPED = new Watch.Sight(true, 0, false);

    private final Watch watch = new Watch(Optional.of(Duration.ofSeconds(1)));

    private static Watch.Sight working(long seq) {
        return new Watch.Sight(false, seq, false);
    }

    /** How many looks until it says something; then what it says. */
    private Optional<String> after(int looks, Watch.Sight sight) {
        for (int i = 1; i < looks; i++) {
            assertThat(watch.look(sight, TICK)).as("look %d", i).isEmpty();
        }
        return watch.look(sight, TICK);
    }

    @Test
    void an_item_in_hand_for_too_long_is_a_time_out() {
        assertThat(watch.look(working(7), TICK)).isEmpty(); // now it is known
        assertThat(after(4, working(7))).contains("timeout");
    }

    @Test
    void another_item_has_its_own_time() {
        assertThat(after(4, working(7))).isEmpty();
        assertThat(after(4, working(8))).isEmpty();
        assertThat(watch.look(working(8), TICK)).contains("timeout");
    }

    @Test
    void a_node_that_only_waits_is_not_stuck() {
        assertThat(after(1000, working(0))).isEmpty();
    }

    @Test
    void without_a_time_out_an_item_may_take_for_ever() {
        Watch patient = new Watch(Optional.empty());
        for (int i = 0; i < 1000; i++) {
            assertThat(patient.look(working(7), TICK)).isEmpty();
        }
    }

    @Test
    void a_stopped_process_is_unresponsive_after_three_seconds() {
        int looks = (int) (Watch.STOPPED_MAX.toNanos() / TICK);
        assertThat(after(looks, STOPPED)).contains("unresponsive");
    }

    @Test
    void a_process_that_goes_on_in_time_is_not() {
        int looks = (int) (Watch.STOPPED_MAX.toNanos() / TICK);
        assertThat(after(looks - 1, STOPPED)).isEmpty();
        assertThat(watch.look(working(0), TICK)).isEmpty();
        assertThat(after(looks - 1, STOPPED)).isEmpty();
    }

    @Test
    void time_in_which_the_server_itself_was_stopped_does_not_count() {
        long hour = Duration.ofHours(1).toNanos();
        assertThat(watch.look(STOPPED, hour)).isEmpty();
        assertThat(watch.look(working(7), hour)).isEmpty();
        assertThat(watch.look(working(7), hour)).isEmpty();
    }

    @Test
    void a_hand_file_that_grew_ends_the_node() {
        assertThat(watch.look(new Watch.Sight(false, 0, true), TICK))
                .hasValueSatisfying(why -> assertThat(why).startsWith("protocol: its hand file"));
    }
}
