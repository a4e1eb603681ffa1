package io.erlust.cli;

import java.nio.file.Path;
import java.util.Map;

/**
 * Where a server keeps its data unless told otherwise: {@code $ERLUST_DATA}, else
 * {@code $XDG_DATA_HOME/erlust}, else {@code ~/.local/share/erlust}. Clients look there for the
 * token.
 */
final class DataDirectory {
    private DataDirectory() {}

    static Path standard(Map<String, String> environment, String home) {
        String own = environment.getOrDefault("ERLUST_DATA", "");
        if (!own.isEmpty()) {
            return Path.of(own).toAbsolutePath();
        }
        String shared = environment.getOrDefault("XDG_DATA_HOME", "");
        // the XDG specification: a relative path is to be ignored
        Path base =
                shared.startsWith("/") ? Path.of(shared) : Path.of(home).resolve(".local/share");
        return base.resolve("erlust");
    }

    static Path standard() {
        return standard(System.getenv());
    }

    static Path standard(Map<String, String> environment) {
        // ~ is $HOME, as for the shell; user.home is what the system's list of users says
        String home = environment.getOrDefault("HOME", "");
        return standard(environment, home.startsWith("/") ? home : System.getProperty("user.home"));
    }
}
