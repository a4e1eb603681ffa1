package io.erlust.nodes.sandbox;

import io.erlust.process.Program;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A user id of its own for each node, where the server may change users: it runs as root. Otherwise
 * nodes have the server's own.
 *
 * <p>The ids are a range that Debian, Fedora and systemd leave unused (systemd's "Users, Groups,
 * UIDs and GIDs"). Nodes that are further apart than the range share one.
 */
final class NodeUsers {
    private static final int FIRST = 60_578;
    private static final int COUNT = 606;

    private final Optional<Path> setpriv;

    private NodeUsers(Optional<Path> setpriv) {
        this.setpriv = setpriv;
    }

    static NodeUsers find() throws IOException {
        boolean root =
                Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        return new NodeUsers(root ? Program.find("setpriv") : Optional.empty());
    }

    static NodeUsers none() {
        return new NodeUsers(Optional.empty());
    }

    boolean areOwn() {
        return setpriv.isPresent();
    }

    /** Lets only the node use it. Before the node exists, so nobody can have put a link there. */
    void give(Path path, long node) throws IOException {
        if (areOwn()) {
            Files.setAttribute(path, "unix:gid", id(node));
            Files.setAttribute(path, "unix:uid", id(node));
        }
    }

    /** What a command begins with that is to run as the node's user. */
    List<String> words(long node) {
        if (setpriv.isEmpty()) {
            return List.of();
        }
        String id = Integer.toString(id(node));
        // the signal asked for before is forgotten when the user changes
        return List.of(
                setpriv.get().toString(),
                "--reuid",
                id,
                "--regid",
                id,
                "--clear-groups",
                "--pdeathsig",
                "KILL",
                "--");
    }

    private static int id(long node) {
        return FIRST + (int) (node % COUNT);
    }
}
