package io.erlust.supervision;

import io.erlust.jobs.NodeStatus;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicLong;

/** A rank of a running job: its present process, if it has one, and what is shown of it. */
final class LiveNode {
    /** Counted by whatever thread acknowledges; over all processes of the rank. */
    final AtomicLong items = new AtomicLong();

    /** Written by the job's thread, read by any. */
    private volatile NodeStatus status;

    /** The job's thread only. */
    NodeStarter.@Nullable Handle handle;

    /**
     * Whose events count; those of an earlier process are late and dropped. The job's thread only.
     */
    @Nullable
    Object process;

    boolean slotReleased;

    LiveNode(int rank) {
        status = NodeStatus.starting(rank);
    }

    NodeStatus status() {
        return status.withItems(items.get());
    }

    void show(NodeStatus now) {
        status = now;
    }
}
