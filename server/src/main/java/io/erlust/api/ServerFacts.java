package io.erlust.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the server knows about itself and tells in {@code /v1/info}. The composition root has it.
 */
public interface ServerFacts {
    String version();

    /** This server's name among others. */
    String name();

    Instant startedAt();

    /** How nodes are kept apart from the machine. */
    String isolation();

    /** What holds nodes to their limits: {@code cgroup v2}, {@code cgroup v1}, {@code rlimits}. */
    String nodeLimitsBy();

    List<String> languages();

    /** Nodes at one time. */
    int nodesMax();

    /** Why it can't serve now; empty when it can. */
    Optional<String> notReady();

    List<TaskCounts> tasks();

    /**
     * A background task: how often it ran and how often it failed.
     *
     * @param removed of one that prunes: how much it has removed
     */
    record TaskCounts(String name, long runs, long failures, OptionalLong removed) {
        public TaskCounts(String name, long runs, long failures) {
            this(name, runs, failures, OptionalLong.empty());
        }
    }
}
