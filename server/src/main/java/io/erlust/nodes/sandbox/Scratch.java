package io.erlust.nodes.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** A node's scratch directory on disk, where no sandbox gives it one in memory. */
final class Scratch {
    private Scratch() {}

    static Path make(Place place) throws IOException {
        return Files.createDirectory(
                path(place),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private static Path path(Place place) {
        return place.directory().resolve("work");
    }

    /** The whole environment of a node that sees the machine's files. */
    static Map<String, String> variables(Place place, Guest guest) {
        String path = System.getenv("PATH");
        return guest.variables(
                path == null ? "/usr/bin:/bin" : path,
                path(place).toString(),
                place.socket().toString(),
                place.hand().toString());
    }
}
