package io.erlust.store;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The schema: made, migrated, or refused when a newer program wrote it. */
final class Schema {
    private static final Logger log = LoggerFactory.getLogger(Schema.class);

    /** The newest migration in {@code db/migration}. A test holds it against the files. */
    static final int VERSION = 4;

    private Schema() {}

    static void migrate(DatabaseConfig config, Connections connections) {
        int found = version(connections);
        if (found > VERSION) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    "the data was written by a newer Erlust (schema " + found
                            + "; this program knows up to " + VERSION
                            + "); run the newer program, nothing was changed");
        }
        if (found == VERSION) {
            return; // the usual start: Flyway is not even loaded
        }
        if (found > 0) {
            log.info(
                    "migrating the data from schema {} to {}; killed, it begins anew",
                    found,
                    VERSION);
        }
        try {
            connections.migrate(source -> Flyway.configure()
                    .dataSource(source)
                    .locations("classpath:db/migration")
                    .placeholders(config.dialect().placeholders())
                    .load()
                    .migrate());
        } catch (SQLException e) {
            throw StoreException.of(e);
        } catch (FlywayException e) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    "the schema can't be migrated: " + e.getMessage(),
                    e);
        }
    }

    /** The schema's version by Flyway's own history; 0 for a new database. */
    private static int version(Connections connections) {
        try (Connection connection = connections.plain().getConnection();
                ResultSet table = connection
                        .getMetaData()
                        .getTables(null, null, "flyway_schema_history", null)) {
            if (!table.next()) {
                return 0;
            }
            String sql =
                    "SELECT max(CAST(version AS INTEGER)) FROM flyway_schema_history WHERE success";
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(sql)) {
                return row.next() ? row.getInt(1) : 0;
            }
        } catch (SQLException e) {
            throw StoreException.of(e);
        }
    }
}
