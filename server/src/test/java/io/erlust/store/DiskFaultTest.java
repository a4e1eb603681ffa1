package io.erlust.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An embedded store whose disk has damaged it: never used in silence. */
class DiskFaultTest {
    private static final int COMMITS = 50;
    private static final int PAGE = 4096;

    private final DatabaseConfig config = TestDatabases.SQLITE.create();
    private Database database;

    @BeforeEach
    void fill() {
        database = Database.open(config);
        database.write(tx -> tx.execute("CREATE TABLE thing (name TEXT PRIMARY KEY, pad TEXT)"));
        String pad = "x".repeat(3 * PAGE);
        for (int i = 0; i < COMMITS; i++) {
            String name = "thing " + i;
            database.write(tx -> tx.execute("INSERT INTO thing VALUES (?, ?)", name, pad));
        }
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static int things(Database database) {
        return database.read(handle -> handle.createQuery("SELECT count(*) FROM thing")
                .mapTo(Integer.class)
                .one());
    }

    /** The store as a server leaves it that is killed now. */
    private DatabaseConfig killed() throws IOException {
        Path copy = Files.createTempDirectory("erlust-test-");
        for (String name : List.of("erlust.db", "erlust.db-wal")) {
            Files.copy(config.directory().resolve(name), copy.resolve(name));
        }
        return DatabaseConfig.embedded(copy);
    }

    private static void damage(Path file, long at, int length) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            byte[] bytes = new byte[length];
            open.seek(at);
            open.readFully(bytes);
            for (int i = 0; i < length; i++) {
                bytes[i] ^= (byte) 0xFF;
            }
            open.seek(at);
            open.write(bytes);
        }
    }

    private static Path log(DatabaseConfig of) {
        return of.directory().resolve("erlust.db-wal");
    }

    private static void assertRefused(DatabaseConfig damaged, Path file) {
        assertThatThrownBy(() -> Database.open(damaged).close())
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(file + " is damaged")
                .extracting(e -> ((StoreException) e).kind())
                .isEqualTo(StoreException.Kind.REFUSED);
    }

    @Test
    void a_store_with_a_damaged_page_is_refused_and_named() throws IOException {
        database.close();
        damage(config.file(), Files.size(config.file()) / PAGE / 2 * PAGE, 64);
        assertRefused(config, config.file());
    }

    @Test
    void a_file_that_is_no_database_is_refused_and_named() throws IOException {
        database.close();
        damage(config.file(), 0, 64);
        assertRefused(config, config.file());
    }

    @Test
    void after_a_kill_everything_is_there_and_nothing_is_left_in_the_log() throws IOException {
        DatabaseConfig killed = killed();
        assertThat(log(killed)).isNotEmptyFile();
        try (Database again = Database.open(killed)) {
            assertThat(things(again)).isEqualTo(COMMITS);
            // the log was perhaps never on disk: what follows must not be written behind it
            assertThat(Files.size(log(killed))).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 40, 70, 40 * PAGE + 3000})
    void a_log_damaged_before_its_end_is_refused_and_named(long at) throws IOException {
        DatabaseConfig killed = killed();
        damage(log(killed), at, 16);
        assertRefused(killed, log(killed));
        assertRefused(killed, log(killed)); // nothing was changed
    }

    @Test
    void of_a_log_damaged_in_its_last_commit_everything_before_that_is_there() throws IOException {
        DatabaseConfig killed = killed();
        damage(log(killed), Files.size(log(killed)) - 100, 16);
        try (Database again = Database.open(killed)) {
            assertThat(things(again)).isEqualTo(COMMITS - 1);
        }
    }

    @Test
    void of_a_log_cut_short_everything_before_that_is_there() throws IOException {
        DatabaseConfig killed = killed();
        try (RandomAccessFile open = new RandomAccessFile(log(killed).toFile(), "rw")) {
            open.setLength(open.length() - 100);
        }
        try (Database again = Database.open(killed)) {
            assertThat(things(again)).isEqualTo(COMMITS - 1);
        }
    }

    @Test
    void a_writer_that_meets_damage_ends_the_process_before_it_answers() throws IOException {
        List<String> ends = new ArrayList<>(); // only touched on the writer thread until close
        database.close();
        try (Database running = Database.open(config, ends::add)) {
            long pages = Files.size(config.file()) / PAGE;
            for (long page = 1; page < pages; page++) {
                damage(config.file(), page * PAGE, 64);
            }
            assertThatThrownBy(() -> running.write(tx -> tx.execute("DELETE FROM thing")))
                    .isInstanceOf(StoreException.class);
        }
        assertThat(ends).first().asString().contains(config.file() + " is damaged");
    }

    @ParameterizedTest
    @EnumSource(
            value = SQLiteErrorCode.class,
            names = {"SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC"})
    void an_fsync_that_failed_is_not_to_be_survived(SQLiteErrorCode code) {
        Throwable failure = new IllegalStateException(new SQLiteException("failed", code));
        assertThat(DiskFault.in(failure, config).orElseThrow())
                .contains(config.file().toString(), "fsync failed");
    }

    @ParameterizedTest
    @EnumSource(
            value = SQLiteErrorCode.class,
            names = {"SQLITE_FULL", "SQLITE_BUSY", "SQLITE_IOERR_WRITE", "SQLITE_CONSTRAINT"})
    void another_failure_of_a_work_is(SQLiteErrorCode code) {
        assertThat(DiskFault.in(new SQLiteException("failed", code), config)).isEmpty();
    }
}
