package io.erlust.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/** What the store promises, on each database. */
@ParameterizedClass
@EnumSource(TestDatabases.class)
class DatabaseContractTest {
    private final DatabaseConfig config;
    private Database database;

    DatabaseContractTest(TestDatabases kind) {
        config = kind.create();
    }

    @BeforeEach
    void open() {
        database = Database.open(config);
        database.write(tx -> tx.execute("CREATE TABLE thing (name TEXT PRIMARY KEY)"));
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static int insert(Handle tx, String name) {
        return tx.execute("INSERT INTO thing (name) VALUES (?)", name);
    }

    private List<String> names() {
        return database.read(handle -> handle.createQuery("SELECT name FROM thing ORDER BY name")
                .mapTo(String.class)
                .list());
    }

    @Test
    void a_write_that_returned_can_be_read_and_is_there_after_reopening() {
        database.write(tx -> insert(tx, "a"));
        assertThat(names()).containsExactly("a");
        database.close();
        database = Database.open(config);
        assertThat(names()).containsExactly("a");
    }

    @Test
    void works_run_in_the_order_they_were_submitted_and_share_commits() {
        CountDownLatch open = new CountDownLatch(1);
        List<Integer> order = new ArrayList<>(); // only touched on the writer thread
        CompletableFuture<Boolean> gate = database.submit(tx -> {
            open.await();
            return true;
        });
        List<CompletableFuture<Boolean>> works = IntStream.range(0, 100)
                .mapToObj(i -> database.submit(tx -> order.add(i)))
                .toList();
        open.countDown();
        works.forEach(CompletableFuture::join);
        assertThat(gate.join()).isTrue();
        assertThat(order).isEqualTo(IntStream.range(0, 100).boxed().toList());
    }

    @Test
    void a_work_that_fails_is_undone_alone() {
        CountDownLatch open = new CountDownLatch(1);
        CompletableFuture<Integer> first = database.submit(tx -> {
            open.await();
            return insert(tx, "first");
        });
        CompletableFuture<Integer> broken = database.submit(tx -> {
            insert(tx, "half");
            return insert(tx, "first"); // the name is taken
        });
        CompletableFuture<Integer> last = database.submit(tx -> insert(tx, "last"));
        open.countDown();
        assertThat(first.join() + last.join()).isEqualTo(2);
        assertThatThrownBy(broken::join).hasCauseInstanceOf(StoreException.class);
        assertThat(names()).containsExactly("first", "last");
    }

    @Test
    void a_work_is_told_of_its_rollback_once_and_of_nothing_else() {
        List<String> told = new ArrayList<>();
        Work<Integer> work = new Work<>() {
            @Override
            public Integer run(Handle tx) {
                return tx.execute("INSERT INTO nonsense VALUES (1)");
            }

            @Override
            public void committed(Integer result) {
                told.add("committed");
            }

            @Override
            public void rolledBack(StoreException why) {
                told.add("rolled back");
            }
        };
        assertThatThrownBy(() -> database.write(work)).isInstanceOf(StoreException.class);
        assertThat(told).containsExactly("rolled back");
    }

    @Test
    void a_second_server_on_the_same_data_is_refused() {
        assertThatThrownBy(() -> Database.open(config))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("another server is running")
                .extracting(e -> ((StoreException) e).kind())
                .isEqualTo(StoreException.Kind.REFUSED);
    }

    @Test
    void a_second_server_with_its_own_directory_on_the_same_database_is_refused() throws Exception {
        if (config.url().isEmpty()) {
            return; // SQLite's database is its directory: the test above
        }
        Path other = Files.createTempDirectory("erlust-test-");
        DatabaseConfig elsewhere = new DatabaseConfig(other, config.url(), 2);
        assertThatThrownBy(() -> Database.open(elsewhere))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("another server is running");
    }

    @Test
    void data_of_a_newer_program_is_refused_and_not_touched() throws SQLException {
        database.close();
        try (Connection connection = new Connections(config).plain().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(
                    "INSERT INTO flyway_schema_history (installed_rank, version, description, type,"
                            + " script, checksum, installed_by, execution_time, success)"
                            + " VALUES (99, '999', 'from the future', 'SQL', 'V999', 1, 'x', 1,"
                            + " true)");
        }
        assertThatThrownBy(() -> Database.open(config))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("newer Erlust (schema 999;");
    }

    @Test
    void the_newest_migration_is_the_version_the_program_knows() throws Exception {
        try (var files = Files.list(Path.of("server/src/main/resources/db/migration"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .allMatch(name -> name.matches("V[0-9]+__.*\\.sql"))
                    .anyMatch(name -> name.startsWith("V" + Schema.VERSION + "__"))
                    .noneMatch(name -> name.startsWith("V" + (Schema.VERSION + 1) + "__"));
        }
    }

    @Test
    void a_work_that_needs_too_much_memory_fails_alone_and_the_writer_goes_on() {
        CompletableFuture<Boolean> huge = database.submit(tx -> {
            throw new OutOfMemoryError("as thrown by a large allocation");
        });
        assertThatThrownBy(huge::join).hasCauseInstanceOf(StoreException.class);
        database.write(tx -> insert(tx, "after"));
        assertThat(names()).contains("after");
    }

    @Test
    void the_space_in_use_follows_what_is_stored() {
        long before = usedBytes();
        database.write(tx -> {
            try (var rows = tx.prepareBatch("INSERT INTO thing (name) VALUES (?)")) {
                for (int i = 0; i < 2000; i++) {
                    rows.bind(0, "%04d".formatted(i) + "x".repeat(1000)).add();
                }
                return rows.execute();
            }
        });
        long full = usedBytes();
        assertThat(full - before).isBetween(2_000_000L, 16_000_000L);
        database.write(tx -> tx.execute("DELETE FROM thing"));
        assertThat(usedBytes()).isLessThan(before + 500_000);
    }

    /** PostgreSQL's statistics are renewed by themselves, but not at once. */
    private long usedBytes() {
        database.write(tx -> tx.execute("ANALYZE"));
        return database.usedBytes();
    }
}
