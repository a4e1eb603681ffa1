package io.erlust.server;

import io.erlust.nodes.sandbox.Isolation;

/**
 * How nodes are run.
 *
 * @param max how many run at once
 * @param sandbox how they are isolated, one of {@link Isolation#LEVELS}
 * @param spares how many processes of each language are kept ready for jobs to come
 */
public record NodesConfig(int max, String sandbox, int spares) {
    static final int MAX_MAX = 10_000;
    static final int SPARES_MAX = 1000;

    public NodesConfig {
        if (max < 1 || max > MAX_MAX) {
            throw new IllegalArgumentException(
                    "nodes-max: expected 1 to " + MAX_MAX + ", got " + max);
        }
        if (spares < 0 || spares > SPARES_MAX) {
            throw new IllegalArgumentException(
                    "spares: expected 0 to " + SPARES_MAX + ", got " + spares);
        }
        if (!Isolation.LEVELS.contains(sandbox)) {
            throw new IllegalArgumentException(
                    "sandbox: expected one of " + Isolation.LEVELS + ", got " + sandbox);
        }
    }
}
