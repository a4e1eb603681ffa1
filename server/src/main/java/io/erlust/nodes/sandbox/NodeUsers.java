package io.erlust.nodes.sandbox;

import io.erlust.process.Program;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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

    /** @throws IOException when the server runs as root and can't run its nodes as others */
    static NodeUsers find() throws IOException {
        Object user = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        if (!Integer.valueOf(0).equals(user)) {
            return none();
        }
        Path setpriv = Program.find("setpriv")
                .orElseThrow(() -> new IOException("there is no setpriv (util-linux) on the"
                        + " server's PATH, which root needs to run nodes as other users"));
        return new NodeUsers(Optional.of(setpriv));
    }

    static NodeUsers none() {
        return new NodeUsers(Optional.empty());
    }

    boolean areOwn() {
        return setpriv.isPresent();
    }

    /** Lets only the node use its socket and its hand file. */
    void give(Place place) throws IOException {
        for (Path file : List.of(place.socket(), place.hand())) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            give(file, place.number());
        }
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
