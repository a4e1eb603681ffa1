package io.erlust.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.EnumMap;
import java.util.Map;
import java.util.Random;

/**
 * A hundred thousand random lives of random jobs in simulated time, each checked against the rules
 * written down a second time, see {@link SimulatedLife}. A failure names the seed:
 * {@code -Derlust.seed=N} repeats just that life.
 */
class SupervisorSimulationTest {
    private static final int LIVES = 100_000;

    /** What must have happened in some lives, or the simulation tests nothing. */
    enum Seen {
        SIBLINGS_RESTARTED,
        STOPPED_AMID_A_RESTART,
        GAVE_UP,
        FIRST_ANSWER,
        COMPLETED_RUN_AGAIN,
        TEMPORARY_FORGOTTEN,
        KILLED,
        CLOCK_JUMPED,
        BACKED_OFF
    }

    @Test
    void whatever_happens_the_rules_hold() {
        Long only = Long.getLong("erlust.seed");
        long first = only != null ? only : new Random().nextLong();
        int lives = only != null ? 1 : LIVES;
        Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
        Map<Seen, Integer> seen = new EnumMap<>(Seen.class);
        for (long seed = first; seed != first + lives; seed++) {
            try {
                SimulatedLife life = new SimulatedLife(new Random(seed));
                outcomes.merge(life.live(), 1, Integer::sum);
                life.seen().forEach(what -> seen.merge(what, 1, Integer::sum));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("repeat it with -Derlust.seed=" + seed, e);
            }
        }
        if (only == null) {
            for (Outcome outcome : Outcome.values()) {
                assertThat(outcomes.get(outcome)).as("lives %s", outcome).isGreaterThan(100);
            }
            for (Seen what : Seen.values()) {
                assertThat(seen.get(what)).as("lives with %s", what).isGreaterThan(100);
            }
        }
    }
}
