package io.erlust.nodes.sandbox;

import io.erlust.process.Program;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A user id of its own for each node that lives, where the server may change users: it runs as
 * root. Otherwise nodes have the server's own.
 *
 * <p>The ids are a range that Debian, Fedora and systemd leave unused (systemd's "Users, Groups,
 * UIDs and GIDs"). More nodes at once than it has share ids; each server begins somewhere else.
 */
final class NodeUsers {
    private static final int FIRST = 60_578;
    private static final int COUNT = 606;

    private final Optional<Path> setpriv;

    /** How many nodes have each id. Guarded by this, as is the field below. */
    private final int[] nodes = new int[COUNT];

    private int next = new SecureRandom().nextInt(COUNT);

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

    /** An id for one node, until it is released. */
    synchronized OptionalInt take() {
        if (!areOwn()) {
            return OptionalInt.empty();
        }
        for (int i = 0; i < COUNT && nodes[next] > 0; i++) {
            next = (next + 1) % COUNT;
        }
        nodes[next]++;
        int id = FIRST + next;
        next = (next + 1) % COUNT;
        return OptionalInt.of(id);
    }

    synchronized void release(OptionalInt user) {
        user.ifPresent(id -> nodes[id - FIRST]--);
    }

    /** Lets only this user use the node's socket and its hand file. */
    static void give(Place place, OptionalInt user) throws IOException {
        for (Path file : List.of(place.socket(), place.hand())) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            give(file, user);
        }
    }

    /** Before the node exists, so nobody can have put a link there. */
    static void give(Path path, OptionalInt user) throws IOException {
        if (user.isPresent()) {
            Files.setAttribute(path, "unix:gid", user.getAsInt());
            Files.setAttribute(path, "unix:uid", user.getAsInt());
        }
    }

    /** What a command begins with that is to run as this user. */
    List<String> words(OptionalInt user) {
        if (setpriv.isEmpty() || user.isEmpty()) {
            return List.of();
        }
        String id = Integer.toString(user.getAsInt());
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
}
