package io.erlust.queues;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Queues on a broker that fails in every way it may; see {@link ChaosLife}. */
final class BrokerChaosTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void nothing_is_lost_and_nothing_is_left(long seed) throws Exception {
        try (ChaosLife life = new ChaosLife(seed)) {
            life.live();
            life.end();
            assertThat(life.complaints()).as("seed " + seed).isEmpty();
        }
    }
}
