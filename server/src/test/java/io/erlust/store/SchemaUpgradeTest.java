package io.erlust.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** What a migration makes of the rows that are there, on each database. */
@ParameterizedClass
@EnumSource(TestDatabases.class)
class SchemaUpgradeTest {
    private static final String AFTER_A_AND_B = "{\"after\":[\"a\",\"b\"]}";

    private final DatabaseConfig config;
    private final Jdbi jdbi;

    SchemaUpgradeTest(TestDatabases kind) {
        config = kind.create();
        jdbi = Jdbi.create(new Connections(config).plain());
    }

    @BeforeEach
    void a_store_of_schema_2() {
        Flyway.configure()
                .dataSource(new Connections(config).plain())
                .locations("classpath:db/migration")
                .placeholders(config.dialect().placeholders())
                .target("2")
                .load()
                .migrate();
        jdbi.useHandle(tx -> {
            job(tx, 1, "a", "completed", 2, "\"now\"");
            job(tx, 2, "b", "running", 1, "\"now\"");
            job(tx, 3, "c", "failed", 3, "\"manual\"");
            job(tx, 4, "d", "cancelled", 1, "\"manual\"");
            job(tx, 5, "e", "completed", 1, "\"now\"");
            job(tx, 6, "waits", "scheduled", 1, "\"manual\"");
            job(tx, 7, "behind", "scheduled", 1, AFTER_A_AND_B);
            job(tx, 8, "behind-all", "scheduled", 4, "{\"after\":[\"c\",\"d\",\"a\",\"waits\"]}");
            job(tx, 9, "staged", "available", 1, AFTER_A_AND_B);
            job(tx, 10, "ended", "completed", 1, "{\"after\":[\"e\"]}");
            job(tx, 11, "again", "scheduled", 2, "{\"after\":[\"behind\"]}");
            for (String label : List.of("team=billing", "stage=a=b", "empty=", "x/y=ü")) {
                label(tx, 1, label);
            }
            label(tx, 2, "team=sales");
        });
    }

    /** Its secret has what a JSON text may say, and a text of PostgreSQL may not. */
    private static void job(Handle tx, long at, String id, String state, int run, String when) {
        String spec = "{\"id\":\"" + id + "\",\"when\":" + when
                + ",\"security_hash\":\"\\u0000 \\ud800\",\"produces\":["
                + (at % 5 == 0 ? "\"out\"" : "") + "],\"labels\":{\"a\":\"produces:[\"}}";
        tx.execute(
                "INSERT INTO job (serial, id, fingerprint, spec, state, run, created_at)"
                        + " VALUES (?, ?, 'f', ?, ?, ?, ?)",
                at,
                id,
                spec,
                state,
                run,
                1000 + at);
    }

    private static void label(Handle tx, long serial, String label) {
        tx.execute("INSERT INTO job_label (job_serial, label) VALUES (?, ?)", serial, label);
    }

    @Test
    void scheduled_jobs_are_found_by_those_they_still_wait_for() {
        Database.open(config).close();
        String rows = "SELECT awaited_serial, job_serial, run FROM job_after"
                + " ORDER BY job_serial, awaited_serial";
        assertThat(rows(rows))
                .containsExactly(
                        "[1, 7, 2]",
                        "[2, 7, 1]",
                        "[1, 8, 2]",
                        "[3, 8, 3]",
                        "[4, 8, 1]",
                        "[6, 8, 1]",
                        "[7, 11, 1]");
    }

    @Test
    void those_that_ended_before_and_are_still_waited_for_are_to_be_looked_at() {
        Database.open(config).close();
        assertThat(rows("SELECT job_serial, run, state FROM job_ended ORDER BY job_serial"))
                .containsExactly("[1, 2, completed]", "[3, 3, failed]", "[4, 1, cancelled]");
    }

    @Test
    void the_line_is_in_the_order_of_the_submissions() {
        Database.open(config).close();
        assertThat(rows("SELECT serial, due_at FROM job WHERE due_at IS NOT NULL ORDER BY serial"))
                .containsExactly("[2, 1002]", "[9, 1009]");
    }

    /** An ended one may be retried. */
    @Test
    void jobs_that_produce_are_marked_the_ended_ones_too() {
        Database.open(config).close();
        assertThat(rows("SELECT serial FROM job WHERE produces = 1 ORDER BY serial"))
                .containsExactly("[5]", "[10]");
    }

    @Test
    void a_label_is_found_by_its_name_alone_and_as_before() {
        Database.open(config).close();
        assertThat(rows("SELECT job_serial, label FROM job_label"))
                .containsExactlyInAnyOrder(
                        "[1, team=billing]",
                        "[1, team]",
                        "[1, stage=a=b]",
                        "[1, stage]",
                        "[1, empty=]",
                        "[1, empty]",
                        "[1, x/y=ü]",
                        "[1, x/y]",
                        "[2, team=sales]",
                        "[2, team]");
    }

    @Test
    void a_second_start_changes_nothing() {
        Database.open(config).close();
        Map<String, List<String>> migrated = everything();
        Database.open(config).close();
        assertThat(everything()).isEqualTo(migrated);
    }

    @Test
    void an_older_program_changes_nothing_either() {
        Database.open(config).close();
        String newer = "INSERT INTO flyway_schema_history (installed_rank, version, description,"
                + " type, script, checksum, installed_by, execution_time, success)"
                + " VALUES (99, '999', 'from the future', 'SQL', 'V999', 1, 'x', 1, true)";
        jdbi.useHandle(tx -> tx.execute(newer));
        Map<String, List<String>> before = everything();
        assertThatThrownBy(() -> Database.open(config))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("written by a newer Erlust (schema 999;");
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void a_server_that_runs_keeps_its_schema() throws Exception {
        if (config.url().isEmpty()) {
            return; // an embedded store is locked by its directory
        }
        Path other = Files.createTempDirectory("erlust-test-");
        try (var running = new Connections(config).writing()) {
            Map<String, List<String>> before = everything();
            assertThatThrownBy(() -> Database.open(new DatabaseConfig(other, config.url(), 2)))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("another server is running");
            assertThat(everything()).isEqualTo(before);
            assertThat(running.isValid(1)).isTrue();
        }
    }

    /** So that whoever is killed leaves both or neither. */
    @Test
    void a_migration_and_the_record_of_it_are_one_transaction() {
        if (config.dialect() == Dialect.SQLITE) {
            return; // it has no two writers; and no way to ask
        }
        Database.open(config).close();
        String sql = "SELECT CAST(xmin AS TEXT) FROM pg_class WHERE relname = 'job_after'"
                + " UNION SELECT CAST(xmin AS TEXT) FROM flyway_schema_history WHERE version = '3'";
        assertThat(rows(sql)).hasSize(1);
    }

    @Test
    void a_data_directory_of_every_older_schema_is_kept_for_the_tests() {
        Path archives = Path.of("server/src/test/resources/upgrade");
        assertThat(IntStream.range(1, Schema.VERSION).boxed())
                .as("record it with the last build of that schema: CONTRIBUTING.md says how")
                .allMatch(schema -> Files.exists(archives.resolve("schema-" + schema + ".tar.gz"))
                        && Files.exists(archives.resolve("schema-" + schema + ".json")));
    }

    /** Each table's rows. */
    private Map<String, List<String>> everything() {
        Map<String, List<String>> tables = new TreeMap<>();
        for (String table : tables()) {
            tables.put(table, rows("SELECT * FROM " + table + " ORDER BY 1, 2"));
        }
        assertThat(tables).containsKeys("job", "job_label", "flyway_schema_history");
        return tables;
    }

    private List<String> tables() {
        String sql = switch (config.dialect()) {
            case SQLITE -> "SELECT name FROM sqlite_master WHERE type = 'table'";
            case POSTGRESQL -> "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
        };
        return jdbi.withHandle(
                handle -> handle.createQuery(sql).mapTo(String.class).list());
    }

    private List<String> rows(String sql) {
        return jdbi.withHandle(handle ->
                handle.createQuery(sql).map((row, context) -> row(row)).list());
    }

    private static String row(ResultSet row) throws SQLException {
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
            values.add(row.getString(i));
        }
        return values.toString();
    }
}
