package io.erlust.nodes.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;

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
        Map<String, String> variables = new TreeMap<>();
        String path = System.getenv("PATH");
        variables.put("PATH", path == null ? "/usr/bin:/bin" : path);
        variables.put("HOME", path(place).toString());
        variables.put("TMPDIR", path(place).toString());
        variables.put("LANG", "C.UTF-8");
        variables.putAll(guest.env());
        variables.put(Isolation.SOCKET_VARIABLE, place.socket().toString());
        variables.put(Isolation.HAND_VARIABLE, place.hand().toString());
        return variables;
    }
}
