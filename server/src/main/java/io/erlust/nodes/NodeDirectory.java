package io.erlust.nodes;

import io.erlust.process.Leftovers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** One node's files: its socket, its hand file, and {@code work/}, where it runs. */
record NodeDirectory(RuntimeDirectory runtime, Path path) {
    static final String SOCKET_VARIABLE = "ERLUST_SOCKET";
    static final String HAND_VARIABLE = "ERLUST_HAND";

    static NodeDirectory create(RuntimeDirectory runtime, Path path) throws IOException {
        var mine =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        NodeDirectory node = new NodeDirectory(runtime, Files.createDirectory(path, mine));
        Files.createDirectory(node.work(), mine);
        Files.write(node.hand(), new byte[HandFile.BYTES], StandardOpenOption.CREATE_NEW);
        return node;
    }

    Path socket() {
        return path.resolve("sock");
    }

    Path hand() {
        return path.resolve("hand");
    }

    Path work() {
        return path.resolve("work");
    }

    /** Kills what left the node's group but not its environment. */
    void killEscaped() {
        Leftovers.kill(SOCKET_VARIABLE, path);
    }

    void delete() {
        runtime.delete(this);
    }
}
