package io.erlust.store;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the data is.
 *
 * @param directory the data directory; holds {@code erlust.db} unless a URL is given
 * @param url a {@code jdbc:postgresql://…} URL, or empty for SQLite in the directory
 * @param readers how many reading connections at most
 */
public record DatabaseConfig(Path directory, Optional<String> url, int readers) {
    public DatabaseConfig {
        if (url.isPresent() && !url.get().startsWith("jdbc:postgresql:")) {
            throw new IllegalArgumentException(
                    "database: expected a URL like jdbc:postgresql://HOST/NAME?user=…&password=…,"
                            + " or none for the embedded store");
        }
        if (readers < 1) {
            throw new IllegalArgumentException("readers: expected at least 1, got " + readers);
        }
    }

    public static DatabaseConfig embedded(Path directory) {
        return new DatabaseConfig(directory, Optional.empty(), 4);
    }

    Dialect dialect() {
        return url.isPresent() ? Dialect.POSTGRESQL : Dialect.SQLITE;
    }

    /** The embedded store's. */
    Path file() {
        return directory.resolve("erlust.db");
    }

    String jdbcUrl() {
        return url.orElseGet(() -> "jdbc:sqlite:" + file());
    }
}
