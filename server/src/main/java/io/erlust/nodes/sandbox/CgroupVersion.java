package io.erlust.nodes.sandbox;

import io.erlust.jobs.spec.Limits;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** How the kernel's two versions of cgroups are used; all that differs between them. */
sealed interface CgroupVersion permits CgroupV1, CgroupV2 {
    String MEMORY = "memory";
    String PIDS = "pids";
    String CPU = "cpu";
    List<String> CONTROLLERS = List.of(MEMORY, PIDS, CPU);

    /** Of the scheduler's period; both versions count in microseconds. */
    long CPU_PERIOD = 100_000;

    /** The kernel takes no smaller quota. */
    long CPU_QUOTA_MIN = 1_000;

    /**
     * A line to be written.
     *
     * @param required whether a node must not run without it
     */
    record Setting(Path cgroup, String file, String value, boolean required) {}

    String kind();

    /** What can be limited here; memory or pids at least. */
    Set<String> controllers();

    /** The server's own cgroup: one directory, or in version 1 one for each hierarchy. */
    Collection<Path> cgroups();

    /** What limits a node's cgroup, in the order it has to be written. */
    List<Setting> settings(String node, Limits limits);

    /** Undoes what else was changed, when the server's own cgroup has been removed. */
    void undo();

    /** Nothing when the node may use all processors: an ancestor may allow even less than that. */
    static OptionalLong cpuQuota(Limits limits) {
        double cpus = limits.cpus() == 0 ? Double.POSITIVE_INFINITY : limits.cpus();
        return cpus >= Runtime.getRuntime().availableProcessors()
                ? OptionalLong.empty()
                : OptionalLong.of(Math.max(CPU_QUOTA_MIN, Math.round(cpus * CPU_PERIOD)));
    }
}
