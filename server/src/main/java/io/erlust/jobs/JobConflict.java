package io.erlust.jobs;

import io.erlust.jobs.spec.JobId;

/** A job with this id exists and its content is another. */
public final class JobConflict extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String id;

    public JobConflict(JobId id) {
        super("a job with the id \""
                + id
                + "\" exists with other content; repeat exactly the same content,"
                + " or choose another id");
        this.id = id.value();
    }

    public String id() {
        return id;
    }
}
