package io.erlust.nodes.sandbox;

import io.erlust.jobs.spec.Limits;
import io.erlust.process.DirectoryTree;
import io.erlust.process.Spawner;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Finds out, by trying, how nodes can be isolated on this machine. */
public final class Isolations {
    private static final Logger log = LoggerFactory.getLogger(Isolations.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Guest NOTHING = new Guest(
            List.of("/bin/sh", "-c", "exit 0"), Map.of(), List.of(), false, Limits.DEFAULT);

    private final Spawner spawner;
    private final Cgroups cgroups;
    private final Path shared;
    private final Supplier<Place> places;

    /**
     * @param shared a directory that nodes can read
     * @param places makes a place for one trial, which is deleted after it
     */
    public Isolations(Spawner spawner, Cgroups cgroups, Path shared, Supplier<Place> places) {
        this.spawner = spawner;
        this.cgroups = cgroups;
        this.shared = shared;
        this.places = places;
    }

    /**
     * The isolation of all nodes from now on.
     *
     * @throws IOException when the level asked for does not work here: why, and what would help
     */
    public Isolation choose(String wanted) throws IOException {
        return switch (wanted) {
            case "none" -> new NoIsolation();
            case "process" -> process();
            case "bubblewrap" -> bubblewrap();
            case "auto" -> best();
            default ->
                throw new IOException("expected one of " + Isolation.LEVELS + ", got " + wanted);
        };
    }

    private Isolation best() throws IOException {
        try {
            return bubblewrap();
        } catch (IOException e) {
            Isolation process = process();
            log.warn(
                    "jobs run WITHOUT a sandbox: {}. Until then they see this machine's files,"
                            + " processes and network; run only code that you trust",
                    e.getMessage());
            return process;
        }
    }

    private Isolation bubblewrap() throws IOException {
        try {
            return tried(Bubblewrap.find(shared, cgroups, NodeUsers.find()));
        } catch (IOException e) {
            throw new IOException("the sandbox does not work here: " + e.getMessage(), e);
        }
    }

    private Isolation process() throws IOException {
        try {
            return tried(new ProcessIsolation(cgroups, NodeUsers.find()));
        } catch (IOException e) {
            log.warn("nodes can't have users of their own here: {}", e.getMessage());
            return tried(new ProcessIsolation(cgroups, NodeUsers.none()));
        }
    }

    private Isolation tried(Isolation isolation) throws IOException {
        Place place = places.get();
        try {
            Trial.output(spawner, isolation, place, NOTHING, PATIENCE);
            return isolation;
        } finally {
            DirectoryTree.delete(place.directory());
        }
    }
}
