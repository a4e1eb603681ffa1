package io.erlust.jobs;

import java.time.Duration;
import java.util.Optional;

/**
 * What each node of a job may do and use.
 *
 * @param network it can reach the network
 * @param itemTimeout how long one item may be in its hand; for ever unless given
 */
public record NodeSettings(boolean network, Limits limits, Optional<Duration> itemTimeout) {
    public static final NodeSettings DEFAULT =
            new NodeSettings(false, Limits.DEFAULT, Optional.empty());
}
