package io.erlust.supervision;

import io.erlust.jobs.Job;
import io.erlust.jobs.NodeStatus;

import java.time.Duration;
import java.util.Optional;

/** Starts the processes of a job. Whoever wires the server adapts what makes nodes to it. */
@FunctionalInterface
public interface NodeStarter {
    /**
     * Starts one process. When it throws, there is none and there will be none.
     *
     * @param job the job, which is running
     * @param node its rank, how often it was restarted, and how its last process ended
     */
    Handle start(Job job, NodeStatus node, Listener listener);

    /** A process that was started. Its methods return at once and do nothing when it has ended. */
    interface Handle {
        /** Asks it to end; may kill it after {@code grace}, and the job's supervisor will. */
        void stop(Duration grace, StopReason why);

        /** Kills it and everything it started. */
        void kill(StopReason why);
    }

    /** Told of one process's life, by any thread; {@link #ended} last and exactly once. */
    interface Listener {
        void started(long pid);

        void ready();

        void progress(NodeStatus.Progress progress);

        /** So many items more are acknowledged, on disk. */
        void acknowledged(long items);

        /**
         * The process is gone, all it sent is applied, all it had not acknowledged is given back.
         */
        void ended(Ended how);
    }

    /**
     * How a process ended.
     *
     * @param normal it did what it was to do: exit code 0
     * @param exit the reason in a word or two: {@code normal}, {@code exit 1}, {@code signal 9},
     *     {@code out_of_memory}…; {@link StopReason#word} when it ended because it was asked
     * @param itemInHand the id of the item that is charged with it
     * @param stderr its last lines
     */
    record Ended(boolean normal, String exit, Optional<String> itemInHand, String stderr) {}
}
