package io.erlust.api;

import io.erlust.jobs.Job;
import io.erlust.jobs.NodeStatus;
import io.erlust.jobs.WaitingFor;
import io.erlust.jobs.spec.JobId;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** What is known of jobs beyond their record: by those who stage and run them. */
public interface LiveJobs {
    /** What the nodes of a job do now; empty when it does not run here. */
    Optional<List<NodeStatus>> nodes(JobId job);

    /** How many items a job's nodes finish a second; empty when that is not known. */
    OptionalDouble itemRate(JobId job);

    /** Why a job has not started; empty when it has. */
    Optional<WaitingFor> waitingFor(Job job);
}
