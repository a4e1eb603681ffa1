package io.erlust.store;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Where the data is.
 *
 * @param directory the data directory; holds {@code erlust.db} unless a URL is given
 * @param url a {@code jdbc:postgresql://…} URL, or empty for SQLite in the directory
 * @param readers how many reading connections at most
 */
public record DatabaseConfig(Path directory, Optional<String> url, int readers) {
    private static final Logger DRIVER_LOG = Logger.getLogger("org.postgresql");

    public DatabaseConfig {
        if (url.isPresent() && !isReadable(url.get())) {
            throw new IllegalArgumentException(
                    "database: expected a URL like jdbc:postgresql://HOST/NAME?user=…&password=…,"
                            + " or none for the embedded store");
        }
        if (readers < 1) {
            throw new IllegalArgumentException("readers: expected at least 1, got " + readers);
        }
    }

    /** The driver's own errors would show the URL, with its password. */
    private static boolean isReadable(String url) {
        DRIVER_LOG.setLevel(Level.OFF); // and so would its log
        try {
            return url.startsWith("jdbc:postgresql:") && DriverManager.getDriver(url) != null;
        } catch (SQLException e) {
            return false;
        }
    }

    /** For logs: without the URL, which may hold a password. */
    @Override
    public String toString() {
        return "DatabaseConfig[" + directory + ", " + dialect() + "]";
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
