package io.erlust.jobs;

import io.erlust.jobs.spec.JobId;

/** What happened to a job, told after it is on disk. Listeners must be quick and must not throw. */
public sealed interface JobEvent {
    JobId job();

    /**
     * A new job, or a new state (or run) of one.
     *
     * @param changed as of this change; with an empty source and no args
     * @param retried it failed and another attempt follows: the job has not ended
     */
    record StateChanged(Job changed, boolean retried) implements JobEvent {
        @Override
        public JobId job() {
            return changed.id();
        }

        /** A run of it has ended and nothing repeats that run. */
        public boolean isEnd() {
            return changed.state().isFinal() && !retried;
        }
    }

    /**
     * It is to be cancelled; it is running and its nodes are to be stopped.
     *
     * @param why what the run's reason will be
     */
    record CancelRequested(JobId job, String why) implements JobEvent {}

    /** A node started, became ready, ended, or reported progress. */
    record NodeChanged(JobId job, int run, NodeStatus node) implements JobEvent {}

    /** Results up to {@code lastSeq} are in the log. */
    record ResultsAppended(JobId job, int run, long lastSeq) implements JobEvent {}
}
