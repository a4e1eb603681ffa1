package io.erlust.jobs.spec;

import java.time.Duration;
import java.util.Optional;

/**
 * What each node of a job may do and use.
 *
 * @param network it can reach the network
 * @param itemTimeout how long one item may be in its hand; for ever unless given
 * @param startTimeout how long its process may take from its start to its {@code hello}
 */
public record NodeSettings(
        boolean network, Limits limits, Optional<Duration> itemTimeout, Duration startTimeout) {
    public static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    static final Duration START_TIMEOUT_MIN = Duration.ofMillis(100);
    static final Duration START_TIMEOUT_MAX = Duration.ofHours(1);

    public static final NodeSettings DEFAULT =
            new NodeSettings(false, Limits.DEFAULT, Optional.empty(), START_TIMEOUT);
}
