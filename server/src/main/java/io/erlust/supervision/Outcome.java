package io.erlust.supervision;

import io.erlust.jobs.JobState;

/** How a run ended on this server. */
enum Outcome {
    COMPLETED(JobState.COMPLETED),
    FAILED(JobState.FAILED),
    CANCELLED(JobState.CANCELLED),
    /** The server stops: the run goes on when a server starts again. */
    INTERRUPTED(JobState.AVAILABLE);

    private final JobState state;

    Outcome(JobState state) {
        this.state = state;
    }

    JobState state() {
        return state;
    }
}
