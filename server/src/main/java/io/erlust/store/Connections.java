package io.erlust.store;

import org.sqlite.SQLiteDataSource;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

import javax.sql.DataSource;

/** Makes the connections of a store, set up as each role needs them. */
final class Connections {
    /** Any constant: "this schema has its one server". */
    private static final long OWNER_LOCK = 0x65726C757374L;

    private final DatabaseConfig config;

    Connections(DatabaseConfig config) {
        this.config = config;
    }

    /** The writer's. For PostgreSQL it holds the lock that makes this server the only one. */
    Connection writing() throws SQLException {
        Connection connection = plain().getConnection();
        try {
            switch (config.dialect()) {
                case SQLITE ->
                    execute(
                            connection,
                            List.of(
                                    "PRAGMA synchronous=FULL",
                                    "PRAGMA wal_autocheckpoint=2000",
                                    "PRAGMA cache_size=-16000",
                                    "PRAGMA foreign_keys=ON"));
                case POSTGRESQL -> own(connection);
            }
            connection.setAutoCommit(false);
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private static void own(Connection connection) throws SQLException {
        execute(connection, List.of("SET synchronous_commit = on"));
        String sql = "SELECT pg_try_advisory_lock(" + OWNER_LOCK + ")";
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            if (!row.next() || !row.getBoolean(1)) {
                throw new StoreException(
                        StoreException.Kind.REFUSED,
                        "another server is running on this PostgreSQL database; stop it first");
            }
        }
    }

    /** For migrations and readers. */
    DataSource plain() {
        return switch (config.dialect()) {
            case SQLITE -> {
                SQLiteDataSource source = new SQLiteDataSource();
                source.setUrl(config.jdbcUrl());
                source.setPageSize(16_384);
                source.setJournalMode("WAL");
                source.setBusyTimeout(30_000);
                source.setCacheSize(-2000); // KiB; the writer gets more
                yield source;
            }
            case POSTGRESQL -> new DriverSource(config.jdbcUrl());
        };
    }

    private static void execute(Connection connection, List<String> statements)
            throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
