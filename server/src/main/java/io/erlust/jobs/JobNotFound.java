package io.erlust.jobs;

import io.erlust.jobs.spec.JobId;

/** There is no job with this id. */
public final class JobNotFound extends RuntimeException {
    private static final long serialVersionUID = 1;

    public JobNotFound(JobId id) {
        super("expected the id of a job that exists, got \"" + id + "\"");
    }
}
