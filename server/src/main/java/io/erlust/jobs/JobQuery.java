package io.erlust.jobs;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which jobs to list, newest first.
 *
 * @param label {@code name=value}: exactly this label
 * @param limit 1 to 1000
 * @param before only jobs with a smaller serial: the serial of the last job of the page before
 */
public record JobQuery(
        Optional<JobState> state, Optional<String> label, int limit, OptionalLong before) {
    public static final int LIMIT_MAX = 1000;

    public JobQuery {
        if (limit < 1 || limit > LIMIT_MAX) {
            throw new IllegalArgumentException(
                    "limit: expected 1 to " + LIMIT_MAX + ", got " + limit);
        }
    }
}
