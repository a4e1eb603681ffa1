package io.erlust.api;

import io.erlust.api.http.Exchange;
import io.erlust.api.http.Problem;
import io.erlust.api.http.ProblemType;
import io.erlust.api.http.Query;
import io.erlust.jobs.Job;
import io.erlust.jobs.JobNotFound;
import io.erlust.jobs.JobState;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.spec.JobId;

/** Which job, and which of its runs, a request is about. */
final class JobPath {
    private final Jobs jobs;

    JobPath(Jobs jobs) {
        this.jobs = jobs;
    }

    static JobId id(Exchange exchange) {
        String id = exchange.path("id");
        if (!JobId.isValid(id)) {
            throw Problem.of(
                    ProblemType.JOB_NOT_FOUND,
                    "expected the id of a job that exists, got \"" + id + '"');
        }
        return new JobId(id);
    }

    Job job(Exchange exchange) {
        JobId id = id(exchange);
        return jobs.get(id).orElseThrow(() -> new JobNotFound(id));
    }

    /** {@code run=}; unless given the latest one, or the one before when that is only scheduled. */
    int run(Job job, Query query) {
        boolean isToCome = job.state() == JobState.SCHEDULED && jobs.keeps(job, job.run() - 1);
        int latest = isToCome ? job.run() - 1 : job.run();
        int run = (int) query.integer("run", 1, Integer.MAX_VALUE, latest);
        if (run > job.run()) {
            throw Problem.of(
                    ProblemType.RUN_NOT_FOUND,
                    "expected a run from 1 to " + job.run() + " of job \"" + job.id() + "\", got "
                            + run);
        }
        if (run < job.run()) {
            requireKept(job, run);
        }
        return run;
    }

    /** What has been read of a run is whole only if its record is there afterwards, too. */
    void requireKept(Job job, int run) {
        if (!jobs.keeps(job, run)) {
            throw Problem.of(
                    ProblemType.RUN_NOT_FOUND,
                    "expected a run of job \"" + job.id() + "\" that is still kept, got " + run);
        }
    }
}
