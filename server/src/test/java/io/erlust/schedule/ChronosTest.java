package io.erlust.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.schedule.Chronos.Target;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

class ChronosTest {
    private static final long HOUR = 3_600_000;
    private static final long TOLERANCE = 1000;

    private final List<Target> targets = LongStream.range(0, 100)
            .mapToObj(i -> new Target(i * HOUR, "hour " + i))
            .toList();
    private final List<Long> begins =
            new ArrayList<>(LongStream.range(0, 100).mapToObj(i -> i * HOUR + i).toList());

    private Chronos.Report report() {
        return Chronos.match(targets, begins, TOLERANCE);
    }

    @Test
    void a_run_for_each_target_is_clean() {
        assertThat(report().isClean()).isTrue();
    }

    @Test
    void a_run_that_is_dropped_is_missed() {
        begins.remove(50);
        assertThat(report().missed()).containsExactly(targets.get(50));
        assertThat(report().extra()).isEmpty();
    }

    @Test
    void a_run_that_is_doubled_is_extra() {
        begins.add(51, begins.get(50));
        assertThat(report().missed()).isEmpty();
        assertThat(report().extra()).containsExactly(begins.get(51));
    }

    @Test
    void a_run_that_begins_before_its_time_is_extra_and_its_target_missed() {
        begins.set(50, targets.get(50).at() - 1);
        assertThat(report().missed()).containsExactly(targets.get(50));
        assertThat(report().extra()).containsExactly(begins.get(50));
    }

    @Test
    void a_run_that_is_late_is_extra_and_its_target_missed() {
        begins.set(50, targets.get(50).at() + TOLERANCE + 1);
        assertThat(report().missed()).containsExactly(targets.get(50));
        assertThat(report().extra()).containsExactly(begins.get(50));
    }

    @Test
    void targets_that_overlap_each_get_a_run_of_their_own() {
        List<Target> close = List.of(new Target(0, ""), new Target(500, ""), new Target(900, ""));
        assertThat(Chronos.match(close, List.of(950L, 960L, 970L), TOLERANCE).isClean())
                .isTrue();
        assertThat(Chronos.match(close, List.of(950L, 960L), TOLERANCE).missed())
                .hasSize(1);
    }
}
