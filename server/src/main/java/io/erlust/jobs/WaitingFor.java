package io.erlust.jobs;

import java.util.List;
import java.util.Optional;

/** Why a job has not started yet. */
public sealed interface WaitingFor {
    /** For these jobs to complete. */
    record After(List<JobId> jobs) implements WaitingFor {}

    /** For {@code POST /v1/jobs/{id}/start}. */
    record Manual() implements WaitingFor {}

    /**
     * For its turn and for free nodes.
     *
     * @param needed how many nodes it has
     * @param free how many nodes can be started now
     * @param behind the job that is first in line, when that is another one
     */
    record Nodes(int needed, int free, Optional<JobId> behind) implements WaitingFor {}
}
