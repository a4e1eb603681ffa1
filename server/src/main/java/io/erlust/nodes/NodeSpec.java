package io.erlust.nodes;

import io.erlust.jobs.spec.JobId;
import io.erlust.queues.QueueName;

import java.time.Duration;
import java.util.Optional;

/**
 * One node of a job to start.
 *
 * @param size how many nodes the job has; {@code rank} is below it
 * @param epoch the owner's epoch, told to the node
 * @param payload its program; the same object for all nodes of a run
 * @param queue the job's default queue
 * @param itemTimeout how long it may have one item in hand
 * @param restarts how often this node was started before in this run
 * @param before how its last process ended, if it had one; written into its log
 */
public record NodeSpec(
        JobId job,
        long serial,
        int run,
        int rank,
        int size,
        long epoch,
        ProcessSetting setting,
        StartPayload payload,
        QueueName queue,
        Optional<Duration> itemTimeout,
        int restarts,
        Optional<String> before) {
    public NodeSpec {
        if (rank < 0 || rank >= size) {
            throw new IllegalArgumentException("expected a rank below " + size + ", got " + rank);
        }
    }

    /** Its name as a producer of queues; the same after a restart. Begins with {@link #ownerOf}. */
    public String owner() {
        return ownerOf(serial, run) + rank;
    }

    /** What the producer names of all nodes begin with. */
    public static final String OWNERS = "node/";

    /** What the producer names of all nodes of a run begin with. */
    public static String ownerOf(long serial, int run) {
        return OWNERS + serial + "/" + run + "/";
    }
}
