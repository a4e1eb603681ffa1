package io.erlust.nodes.sandbox;

import io.erlust.jobs.spec.Limits;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Version 1: each controller has a hierarchy of its own (several may share one), and a process is
 * in one cgroup of each. The kernel's cgroup-v1/cgroups.rst, memory.rst, pids.rst; the quota is
 * explained in scheduler/sched-bwc.rst.
 */
final class CgroupV1 implements CgroupVersion {
    private static final Logger log = LoggerFactory.getLogger(CgroupV1.class);

    /**
     * On each processor all nodes together weigh half of one of the server's threads, which have
     * 1024: a cgroup's shares are spread over the processors it runs on.
     */
    private static final int SHARES_PER_PROCESSOR = 512;

    private final Map<String, Path> cgroups;

    private CgroupV1(Map<String, Path> cgroups) {
        this.cgroups = cgroups;
    }

    static Optional<CgroupVersion> open(List<CgroupMount> mounts, String name) {
        Map<String, Path> cgroups = new LinkedHashMap<>();
        for (String controller : CONTROLLERS) {
            mounts.stream()
                    .filter(mount -> mount.version() == 1)
                    .filter(mount -> mount.options().contains(controller))
                    .findFirst()
                    .flatMap(mount -> make(mount, name))
                    .ifPresent(cgroup -> cgroups.put(controller, cgroup));
        }
        CgroupV1 opened = new CgroupV1(cgroups);
        if (!cgroups.containsKey(MEMORY) && !cgroups.containsKey(PIDS)) {
            new Cgroup(opened.cgroups()).remove();
            return Optional.empty();
        }
        opened.giveWay();
        return Optional.of(opened);
    }

    private static Optional<Path> make(CgroupMount mount, String name) {
        for (Path place : mount.places()) {
            Path cgroup = place.resolve(name);
            try {
                // it exists already when controllers share a hierarchy
                return Optional.of(Files.createDirectories(cgroup));
            } catch (IOException e) {
                log.debug("can't make the cgroup {}: {}", cgroup, e.toString());
            }
        }
        return Optional.empty();
    }

    private void giveWay() {
        Path cgroup = cgroups.get(CPU);
        if (cgroup != null) {
            int shares = SHARES_PER_PROCESSOR * Runtime.getRuntime().availableProcessors();
            Cgroup.writeIfPossible(cgroup.resolve("cpu.shares"), Integer.toString(shares));
        }
    }

    @Override
    public String kind() {
        return "cgroup v1";
    }

    @Override
    public Set<String> controllers() {
        return cgroups.keySet();
    }

    @Override
    public Collection<Path> cgroups() {
        return new LinkedHashSet<>(cgroups.values());
    }

    @Override
    public List<Setting> settings(String node, Limits limits) {
        List<Setting> settings = new ArrayList<>();
        cgroups.forEach((controller, parent) -> {
            Path cgroup = parent.resolve(node);
            switch (controller) {
                case MEMORY -> addMemory(settings, cgroup, Long.toString(limits.memoryBytes()));
                case PIDS ->
                    settings.add(new Setting(
                            cgroup, "pids.max", Integer.toString(limits.processes()), true));
                default -> addCpu(settings, cgroup, limits);
            }
        });
        return settings;
    }

    /** The limit with swap can't be below the one without, so that one comes first (memory.rst). */
    private static void addMemory(List<Setting> settings, Path cgroup, String bytes) {
        settings.add(new Setting(cgroup, "memory.limit_in_bytes", bytes, true));
        settings.add(new Setting(cgroup, "memory.memsw.limit_in_bytes", bytes, false));
    }

    /**
     * Not required: more than an ancestor's quota is refused, and that holds anyway (sched-bwc).
     */
    private static void addCpu(List<Setting> settings, Path cgroup, Limits limits) {
        CgroupVersion.cpuQuota(limits).ifPresent(quota -> {
            String period = Long.toString(CPU_PERIOD);
            settings.add(new Setting(cgroup, "cpu.cfs_period_us", period, false));
            settings.add(new Setting(cgroup, "cpu.cfs_quota_us", Long.toString(quota), false));
        });
    }

    @Override
    public void undo() {
        // nothing outside of its own cgroups was changed
    }
}
