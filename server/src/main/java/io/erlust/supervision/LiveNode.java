package io.erlust.supervision;

import io.erlust.jobs.NodeStatus;
import io.erlust.time.MonotonicClock;
import io.erlust.time.Pace;

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

    private final MonotonicClock clock;

    /** Of what its present process reports. Written by the job's thread, read by any. */
    private volatile Pace pace;

    /** How far it was at its last report. The job's thread only. */
    private long done;

    LiveNode(int rank, MonotonicClock clock) {
        this.clock = clock;
        pace = new Pace(clock);
        status = NodeStatus.starting(rank);
    }

    /** What it has done, to be recorded. */
    NodeStatus record() {
        return status.withItems(items.get());
    }

    /** And how fast it is at it, if it has a process. */
    NodeStatus status() {
        NodeStatus now = record();
        return now.pid().isPresent() ? now.withRate(pace.perSecond()) : now;
    }

    void show(NodeStatus now) {
        status = now;
    }

    /** A process of its own takes over: it may begin where it likes. */
    void begin(Object newProcess) {
        process = newProcess;
        pace = new Pace(clock);
    }

    /** Its process says how far it is. One that goes back does something else now. */
    void reached(long nowDone) {
        if (nowDone < done) {
            pace = new Pace(clock);
        }
        pace.move(nowDone - done);
        done = nowDone;
    }
}
