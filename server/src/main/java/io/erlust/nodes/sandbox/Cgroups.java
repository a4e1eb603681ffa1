package io.erlust.nodes.sandbox;

import io.erlust.jobs.spec.Limits;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The cgroups of this server's nodes: one of the server's name, in it one for each node.
 *
 * <p>They are made below the cgroup that the server is in, so that limits somebody gave the server
 * hold for its nodes too; at the root of the hierarchy when that can't be done.
 */
public final class Cgroups implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Cgroups.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,100}");

    private final Optional<CgroupVersion> version;

    private Cgroups(Optional<CgroupVersion> version) {
        this.version = version;
    }

    /** Finds what this machine lets the server write: version 2, else version 1, else nothing. */
    public static Cgroups open(String name) {
        return open(name, mounts());
    }

    static Cgroups open(String name, List<CgroupMount> mounts) {
        check(name);
        Cgroups opened =
                new Cgroups(CgroupV2.open(mounts, name).or(() -> CgroupV1.open(mounts, name)));
        Set<String> missing = new LinkedHashSet<>(CgroupVersion.CONTROLLERS);
        missing.removeAll(opened.controllers());
        if (!missing.isEmpty()) {
            log.warn(
                    "this server can write no cgroups with {} ({}): run it as root, or have these"
                            + " delegated to it (systemd: Delegate=yes)",
                    missing,
                    opened.kind());
        }
        return opened;
    }

    private static List<CgroupMount> mounts() {
        try {
            return CgroupMount.ofThisProcess();
        } catch (IOException e) {
            log.warn("can't find out which cgroups this machine has: {}", e.toString());
            return List.of();
        }
    }

    private static void check(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "expected a cgroup's name like " + NAME + ", got " + name);
        }
    }

    /**
     * Kills what an earlier life of a server left in its cgroups and removes them, wherever they
     * are: this life may be in another cgroup.
     *
     * @return how many processes were killed
     */
    public static int removeLeftovers(String name) {
        return removeLeftovers(name, mounts());
    }

    static int removeLeftovers(String name, List<CgroupMount> mounts) {
        check(name);
        Cgroup leftover = find(name, mounts);
        int killed = leftover.killAll();
        leftover.remove();
        find(CgroupV2.leafName(name), mounts).remove();
        return killed;
    }

    private static Cgroup find(String name, List<CgroupMount> mounts) {
        Set<Path> found = new LinkedHashSet<>();
        for (CgroupMount mount : mounts) {
            Cgroup.tree(mount.root()).stream()
                    .filter(cgroup -> cgroup.endsWith(name))
                    // never what this server is in itself
                    .filter(cgroup -> !mount.own().startsWith(cgroup))
                    .forEach(found::add);
        }
        return new Cgroup(found);
    }

    /** By what nodes are limited: {@code cgroup v2}, {@code cgroup v1}, else {@code rlimits}. */
    public String kind() {
        return version.map(CgroupVersion::kind).orElse("rlimits");
    }

    /** Which limits hold for a node as a whole: of memory, pids and cpu; none with rlimits. */
    public Set<String> controllers() {
        return version.map(CgroupVersion::controllers).map(Set::copyOf).orElse(Set.of());
    }

    /**
     * Makes a node's cgroup with its limits; empty when this machine has none for us.
     *
     * @throws IOException when the machine refuses now what it granted before
     */
    public Optional<Cgroup> create(String node, Limits limits) throws IOException {
        check(node);
        if (version.isEmpty()) {
            return Optional.empty();
        }
        List<Path> made = new ArrayList<>();
        Path now = Path.of(node);
        try {
            for (Path parent : version.get().cgroups()) {
                now = parent.resolve(node);
                made.add(Files.createDirectory(now));
            }
            for (CgroupVersion.Setting setting : version.get().settings(node, limits)) {
                now = setting.cgroup().resolve(setting.file());
                write(setting);
            }
        } catch (IOException e) {
            new Cgroup(made).remove();
            throw new IOException(
                    "could not make the cgroup of node " + node + ": expected " + now
                            + " to be writable as before, got " + e
                            + "; check that nothing else removes this server's cgroups",
                    e);
        }
        return Optional.of(new Cgroup(made));
    }

    private static void write(CgroupVersion.Setting setting) throws IOException {
        Path file = setting.cgroup().resolve(setting.file());
        if (setting.required()) {
            Files.writeString(file, setting.value());
        } else if (Files.exists(file)) {
            Cgroup.writeIfPossible(file, setting.value());
        }
    }

    /** Kills what is in them and removes them. */
    @Override
    public void close() {
        version.ifPresent(opened -> {
            Cgroup all = new Cgroup(opened.cgroups());
            all.killAll();
            all.remove();
            opened.undo();
        });
    }
}
