package io.erlust.jobs;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** One run of a job: the current one, or the record of an earlier one. */
public record JobRun(
        int run,
        int attempt,
        JobState state,
        Optional<String> reason,
        Optional<Instant> startedAt,
        Optional<Instant> endedAt,
        List<NodeStatus> nodes) {}
