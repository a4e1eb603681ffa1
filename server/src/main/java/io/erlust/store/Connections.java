package io.erlust.store;

import org.sqlite.SQLiteDataSource;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.Consumer;

import javax.sql.DataSource;

/** Makes the connections of a store, set up as each role needs them. */
final class Connections {
    /** Any constant: "this schema has its one server". */
    private static final long OWNER_LOCK = 0x65726C757374L;

    private static final String OWNER_WAIT = "3s";
    private static final String LOCK_NOT_AVAILABLE = "55P03";

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

    /**
     * Migrates the schema, while no other server has the store. On PostgreSQL all connections of
     * the migration are one: Flyway takes two, commits the change on the one and the record of it
     * on the other, and a kill in between would leave a schema that no start can migrate.
     */
    void migrate(Consumer<DataSource> migration) throws SQLException {
        switch (config.dialect()) {
            case SQLITE -> migration.accept(plain()); // locked by its directory; Flyway takes one
            case POSTGRESQL -> {
                try (Connection only = plain().getConnection()) {
                    own(only);
                    migration.accept((ConnectionSource) () -> kept(only));
                    // at once: a connection that is closed may keep it for a moment
                    execute(only, List.of("SELECT pg_advisory_unlock(" + OWNER_LOCK + ")"));
                }
            }
        }
    }

    /** The connection, but for its close. */
    private static Connection kept(Connection connection) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            if (method.getName().equals("close")) {
                return null;
            }
            try {
                return method.invoke(connection, arguments);
            } catch (InvocationTargetException e) {
                throw e.getTargetException();
            }
        };
        return (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, handler);
    }

    /** Waits a little: of a server that was just killed, PostgreSQL may not have noticed it yet. */
    private static void own(Connection connection) throws SQLException {
        execute(
                connection,
                List.of("SET synchronous_commit = on", "SET lock_timeout = '" + OWNER_WAIT + "'"));
        try {
            execute(connection, List.of("SELECT pg_advisory_lock(" + OWNER_LOCK + ")"));
        } catch (SQLException e) {
            if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                throw new StoreException(
                        StoreException.Kind.REFUSED,
                        "another server is running on this PostgreSQL database; stop it first");
            }
            throw e;
        }
        execute(connection, List.of("SET lock_timeout = 0"));
    }

    /** For all but the writer. */
    DataSource plain() {
        return switch (config.dialect()) {
            case SQLITE -> {
                SQLiteDataSource source = new SQLiteDataSource();
                source.setUrl(config.jdbcUrl());
                source.setPageSize(16_384);
                source.setJournalMode("WAL");
                source.setBusyTimeout(30_000);
                source.setGetGeneratedKeys(false); // a query after each insert, for nobody
                source.setCacheSize(-2000); // KiB; the writer gets more
                yield source;
            }
            case POSTGRESQL ->
                (ConnectionSource) () -> DriverManager.getConnection(config.jdbcUrl());
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
