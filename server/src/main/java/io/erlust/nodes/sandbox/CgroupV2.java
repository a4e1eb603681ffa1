package io.erlust.nodes.sandbox;

import static java.util.stream.Collectors.joining;

import io.erlust.jobs.spec.Limits;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Version 2: one hierarchy, whose controllers are handed down from cgroup to cgroup. Only a cgroup
 * without processes may hand them down ("no internal process constraint"), so a server that is in
 * the cgroup it was given moves into a leaf of it first. The kernel's cgroup-v2.rst.
 */
final class CgroupV2 implements CgroupVersion {
    private static final Logger log = LoggerFactory.getLogger(CgroupV2.class);
    private static final String HANDED_DOWN = "cgroup.subtree_control";

    /** All nodes together weigh half of the server, which has 100. */
    private static final String WEIGHT = "50";

    private final Path parent;
    private final Path cgroup;
    private final Path leaf;
    private final Set<String> controllers;

    /** What the parent did not hand down before. */
    private final Set<String> added;

    private CgroupV2(Path parent, String name) throws IOException {
        this.parent = parent;
        cgroup = parent.resolve(name);
        leaf = parent.resolve(leafName(name));
        Set<String> offered = words(parent.resolve("cgroup.controllers"));
        controllers = new LinkedHashSet<>(CONTROLLERS);
        controllers.retainAll(offered);
        if (!controllers.contains(MEMORY) && !controllers.contains(PIDS)) {
            throw new IOException("expected memory or pids among its controllers, got " + offered);
        }
        added = new LinkedHashSet<>(controllers);
        added.removeAll(words(parent.resolve(HANDED_DOWN)));
    }

    static Optional<CgroupVersion> open(List<CgroupMount> mounts, String name) {
        List<Path> places = mounts.stream()
                .filter(mount -> mount.version() == 2)
                .flatMap(mount -> mount.places().stream())
                .toList();
        for (Path place : places) {
            try {
                CgroupV2 opened = new CgroupV2(place, name);
                opened.make();
                return Optional.of(opened);
            } catch (IOException e) {
                log.debug("can't make cgroups in {}: {}", place, e.toString());
            }
        }
        return Optional.empty();
    }

    /** What a server of this name calls the cgroup that it moves into itself. */
    static String leafName(String name) {
        return "server-" + name;
    }

    private void make() throws IOException {
        Set<String> own = processesInTheWay();
        try {
            if (!own.isEmpty()) {
                Files.createDirectories(leaf);
                move(own, leaf);
            }
            handDown(parent, added, "+");
            Files.createDirectories(cgroup);
            handDown(cgroup, controllers, "+");
        } catch (IOException e) {
            new Cgroup(List.of(cgroup)).remove();
            undo();
            throw e;
        }
        if (controllers.contains(CPU)) {
            Cgroup.writeIfPossible(cgroup.resolve("cpu.weight"), WEIGHT);
        }
    }

    /** This server's processes, if they are in the parent and must not be. */
    private Set<String> processesInTheWay() throws IOException {
        if (!Files.exists(parent.resolve("cgroup.events"))) {
            return Set.of(); // the root alone has no events, and may have processes
        }
        Set<String> processes = words(parent.resolve("cgroup.procs"));
        ProcessHandle self = ProcessHandle.current();
        Set<String> others = new TreeSet<>(processes);
        Stream.concat(Stream.of(self), self.descendants())
                .map(process -> Long.toString(process.pid()))
                .forEach(others::remove);
        if (!others.isEmpty()) {
            throw new IOException(
                    "expected no processes in it but this server's, got also " + others);
        }
        return processes;
    }

    private static void move(Set<String> processes, Path to) throws IOException {
        for (String process : processes) {
            Files.writeString(to.resolve("cgroup.procs"), process);
        }
    }

    private static void handDown(Path from, Set<String> controllers, String sign)
            throws IOException {
        if (!controllers.isEmpty()) {
            Files.writeString(
                    from.resolve(HANDED_DOWN),
                    controllers.stream().map(each -> sign + each).collect(joining(" ")));
        }
    }

    private static Set<String> words(Path file) throws IOException {
        Set<String> words = new LinkedHashSet<>(List.of(Files.readString(file).split("\\s+", -1)));
        words.remove("");
        return words;
    }

    @Override
    public String kind() {
        return "cgroup v2";
    }

    @Override
    public Set<String> controllers() {
        return controllers;
    }

    @Override
    public Collection<Path> cgroups() {
        return List.of(cgroup);
    }

    @Override
    public List<Setting> settings(String node, Limits limits) {
        Path directory = cgroup.resolve(node);
        List<Setting> settings = new ArrayList<>();
        if (controllers.contains(MEMORY)) {
            String bytes = Long.toString(limits.memoryBytes());
            settings.add(new Setting(directory, "memory.max", bytes, true));
            settings.add(new Setting(directory, "memory.swap.max", "0", false));
            settings.add(new Setting(directory, "memory.oom.group", "1", false));
        }
        if (controllers.contains(PIDS)) {
            String processes = Integer.toString(limits.processes());
            settings.add(new Setting(directory, "pids.max", processes, true));
        }
        if (controllers.contains(CPU)) {
            CgroupVersion.cpuQuota(limits)
                    .ifPresent(quota -> settings.add(
                            new Setting(directory, "cpu.max", quota + " " + CPU_PERIOD, false)));
        }
        return settings;
    }

    /** Goes back into the parent, unless others have come to use what it hands down. */
    @Override
    public void undo() {
        try {
            List<Path> others = new ArrayList<>(Cgroup.children(parent));
            others.remove(leaf);
            if (!others.isEmpty()) {
                log.debug("{} stays as it is: {} are in it", parent, others);
                return;
            }
            handDown(parent, added, "-");
            if (Files.exists(leaf)) {
                move(words(leaf.resolve("cgroup.procs")), parent);
                Files.delete(leaf);
            }
        } catch (IOException e) {
            log.info("the cgroup {} stays as it is: {}", parent, e.toString());
        }
    }
}
