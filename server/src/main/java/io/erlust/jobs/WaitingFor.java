package io.erlust.jobs;

import io.erlust.jobs.spec.JobId;
import io.erlust.jobs.spec.When;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Why a job has not started yet. */
public sealed interface WaitingFor {
    /** For its time. */
    record Time(Instant at) implements WaitingFor {}

    /** For the next attempt after one that failed. */
    record Retry(Instant at, int attempt, int of) implements WaitingFor {}

    /** For the ends of these jobs. */
    record After(List<JobId> jobs, When.On on) implements WaitingFor {}

    /** For {@code POST /v1/jobs/{id}/start}. */
    record Manual() implements WaitingFor {}

    /** For {@code POST /v1/jobs/{id}/resume}. */
    record Paused() implements WaitingFor {}

    /**
     * For its turn and for free nodes.
     *
     * @param needed how many nodes it has
     * @param free how many nodes can be started now
     * @param place its place in the line, 1 for the first; empty when it is far behind
     * @param behind the job that is first in line, when that is another one
     */
    record Nodes(int needed, int free, OptionalInt place, Optional<JobId> behind)
            implements WaitingFor {}
}
