package io.erlust.jobs;

import org.jdbi.v3.core.Handle;

/**
 * Writes down what is to be told of runs, in the transaction in which it happens: so all of it is
 * told that has happened, and nothing else. Called on the writer thread, in order for one job.
 */
public interface JobOutbox {
    /** Nobody is to be told. */
    JobOutbox NONE = new JobOutbox() {
        @Override
        public void started(Handle tx, Job job) {}

        @Override
        public void ended(Handle tx, Job job, boolean retried) {}

        @Override
        public void appended(Handle tx, long serial, int run, long firstSeq, long lastSeq) {}
    };

    /** A run begins to run; one that goes on after its server died does not begin again. */
    void started(Handle tx, Job job);

    /**
     * A run has ended.
     *
     * @param retried it failed and another attempt follows
     */
    void ended(Handle tx, Job job, boolean retried);

    /** Results are in the log of a run. */
    void appended(Handle tx, long serial, int run, long firstSeq, long lastSeq);
}
