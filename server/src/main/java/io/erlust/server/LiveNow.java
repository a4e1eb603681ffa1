package io.erlust.server;

import io.erlust.api.LiveJobs;
import io.erlust.jobs.Job;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.NodeStatus;
import io.erlust.jobs.WaitingFor;
import io.erlust.jobs.spec.JobId;
import io.erlust.supervision.JobRunner;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** What the API shows of jobs beyond their record. */
record LiveNow(Jobs jobs, JobRunner runner) implements LiveJobs {
    @Override
    public Optional<List<NodeStatus>> nodes(JobId job) {
        return runner.nodes(job);
    }

    @Override
    public OptionalDouble itemRate(JobId job) {
        return runner.itemRate(job);
    }

    @Override
    public Optional<WaitingFor> waitingFor(Job job) {
        return jobs.waitingFor(job).or(() -> runner.waitingFor(job));
    }
}
