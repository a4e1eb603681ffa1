package io.erlust.nodes;

import io.erlust.nodes.sandbox.Isolation;
import io.erlust.nodes.sandbox.Place;
import io.erlust.process.Leftovers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * One node's files: its socket and its hand file, in a directory that other users can pass but
 * neither list nor write: where nodes have users of their own, that is the node too.
 */
record NodeDirectory(RuntimeDirectory runtime, long number, Path path) {
    static NodeDirectory create(RuntimeDirectory runtime, long number, Path path)
            throws IOException {
        Files.createDirectory(path);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx--x--x"));
        NodeDirectory node = new NodeDirectory(runtime, number, path);
        Files.write(node.hand(), new byte[HandFile.BYTES], StandardOpenOption.CREATE_NEW);
        return node;
    }

    Place place() {
        return new Place(number, path, socket(), hand(), runtime.libraries());
    }

    Path socket() {
        return path.resolve("sock");
    }

    Path hand() {
        return path.resolve("hand");
    }

    /** Kills what left the node's group but not its environment. */
    void killEscaped() {
        Leftovers.kill(Isolation.SOCKET_VARIABLE, path);
    }

    void delete() {
        runtime.delete(this);
    }
}
