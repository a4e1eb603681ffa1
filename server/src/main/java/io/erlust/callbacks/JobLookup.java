package io.erlust.callbacks;

import io.erlust.jobs.Job;
import io.erlust.jobs.spec.JobId;

import java.util.Optional;

/** Where the dispatcher finds a job's callback URL and secret. */
@FunctionalInterface
public interface JobLookup {
    Optional<Job> get(JobId id);
}
