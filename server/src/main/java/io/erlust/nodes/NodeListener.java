package io.erlust.nodes;

import io.erlust.jobs.NodeStatus;

/**
 * Told of one node's life. Calls may come from several threads, {@link #ended} last and exactly
 * once. Must be quick and must not throw.
 */
public interface NodeListener {
    /** It has a process. Not told when none could be started. */
    void started(long pid);

    /** The user's code is ready to work, or says so. At most once. */
    void ready();

    void progress(NodeStatus.Progress progress);

    /** It finished so many items more. */
    void acknowledged(long items);

    /**
     * The process is reaped and all it started is dead, its output and its socket are read to their
     * ends, what it sent is committed or refused, and what it had not acknowledged is back in its
     * queues.
     */
    void ended(NodeExit exit);
}
