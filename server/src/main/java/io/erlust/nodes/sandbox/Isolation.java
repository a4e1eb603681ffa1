package io.erlust.nodes.sandbox;

import java.io.IOException;
import java.util.List;

/** How nodes are kept from the machine and from each other. */
public sealed interface Isolation permits Bubblewrap, ProcessIsolation, NoIsolation {
    /** Variables that name the node's socket and its hand file, as the node sees them. */
    String SOCKET_VARIABLE = "ERLUST_SOCKET";

    String HAND_VARIABLE = "ERLUST_HAND";

    /** What may be asked for; {@code auto} is the best that works, but never {@code none}. */
    List<String> LEVELS = List.of("auto", "bubblewrap", "process", "none");

    /** What people and programs are told: {@code bubblewrap}, {@code process} or {@code none}. */
    String level();

    /** Whether nodes have no network unless they may use it. */
    default boolean closesNetwork() {
        return false;
    }

    /** What holds nodes to their limits: a kind of cgroup, {@code rlimits}, {@code none}. */
    String limitsBy();

    /** Whether all processes of a node end with its first one, though a moment later. */
    default boolean endsWhole() {
        return false;
    }

    /** Where a node finds the libraries of its language. */
    default String library(Place place) {
        return place.library().toString();
    }

    /**
     * Gives the node's files to it and says how to start it.
     *
     * @throws IOException when the machine refuses what it granted before
     */
    Confined confine(Place place, Guest guest) throws IOException;
}
