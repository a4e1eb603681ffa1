package io.erlust.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The two databases the contract suites run on. PostgreSQL is a real one, started once a test run.
 */
public enum TestDatabases {
    SQLITE,
    POSTGRESQL;

    private static final AtomicInteger count = new AtomicInteger();

    /** A new, empty store's configuration; opening it twice opens the same data. */
    public DatabaseConfig create() {
        try {
            Path directory = Files.createTempDirectory("erlust-test-");
            return switch (this) {
                case SQLITE -> DatabaseConfig.embedded(directory);
                case POSTGRESQL -> new DatabaseConfig(directory, Optional.of(newDatabase()), 4);
            };
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String newDatabase() {
        String name = "test" + count.incrementAndGet();
        try (Connection admin =
                        DriverManager.getConnection(PostgresServer.shared().url("postgres"));
                var statement = admin.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return PostgresServer.shared().url(name);
    }
}
