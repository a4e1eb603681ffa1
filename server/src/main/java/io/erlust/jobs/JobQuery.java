package io.erlust.jobs;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which jobs to list, newest first.
 *
 * @param labels {@code name=value}: exactly this label; {@code name}: whatever its value; all of
 *     them
 * @param limit 1 to 1000
 * @param before only jobs with a smaller serial: the serial of the last job of the page before
 */
public record JobQuery(
        Optional<JobState> state, List<String> labels, int limit, OptionalLong before) {
    public static final int LIMIT_MAX = 1000;
    public static final int LABELS_MAX = 8;

    public JobQuery {
        labels = List.copyOf(labels);
        if (labels.size() > LABELS_MAX) {
            throw new IllegalArgumentException(
                    "label: expected at most " + LABELS_MAX + ", got " + labels.size());
        }
        if (limit < 1 || limit > LIMIT_MAX) {
            throw new IllegalArgumentException(
                    "limit: expected 1 to " + LIMIT_MAX + ", got " + limit);
        }
    }
}
