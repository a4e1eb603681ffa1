package io.erlust.server;

import io.erlust.json.Json;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a server of an older schema left on disk when it was killed, recorded by
 * {@code fault/upgrade_fixture.py}, and what must hold after an upgrade.
 *
 * @param data a copy whose times are as if the server had been killed a minute ago: so that nothing
 *     in it is too old
 */
record Fixture(Path data, JsonNode expected) {
    private static final Path ARCHIVES = Path.of("server/src/test/resources/upgrade");
    private static final long KILLED_BEFORE_MS = 60_000;

    static List<Integer> schemas() throws IOException {
        try (Stream<Path> files = Files.list(ARCHIVES)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("schema-[0-9]+\\.json"))
                    .map(name -> Integer.valueOf(name.replaceAll("[^0-9]", "")))
                    .sorted()
                    .toList();
        }
    }

    static Fixture unpack(int schema, Path directory) throws Exception {
        Path data = Files.createDirectory(directory.resolve("data"));
        String archive = ARCHIVES.resolve("schema-" + schema + ".tar.gz")
                .toAbsolutePath()
                .toString();
        Process tar = new ProcessBuilder("tar", "-xzf", archive, "-C", data.toString())
                .inheritIO()
                .start();
        if (tar.waitFor() != 0) {
            throw new AssertionError(archive + " can't be unpacked");
        }
        JsonNode expected =
                Json.parse(Files.readString(ARCHIVES.resolve("schema-" + schema + ".json")));
        long old = System.currentTimeMillis() - expected.path("recorded_at").longValue();
        moveTimes(data, directory.resolve("moved"), old - KILLED_BEFORE_MS);
        return new Fixture(data, expected);
    }

    /** What is added stays in the log: closing the store would empty that, as no kill does. */
    private static void moveTimes(Path data, Path moved, long millis) throws Exception {
        Files.createDirectory(moved);
        List<String> files = List.of("erlust.db", "erlust.db-wal");
        String url = "jdbc:sqlite:" + data.resolve("erlust.db");
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA wal_autocheckpoint=0");
            connection.setAutoCommit(false);
            for (String update : updates(statement, millis)) {
                statement.execute(update);
            }
            connection.commit();
            for (String file : files) {
                Files.copy(data.resolve(file), moved.resolve(file));
            }
        }
        for (String file : files) {
            Files.deleteIfExists(data.resolve(file)); // closing has deleted one
            Files.move(moved.resolve(file), data.resolve(file));
        }
    }

    private static List<String> updates(Statement statement, long millis) throws SQLException {
        List<String> updates = new ArrayList<>();
        String columns = "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c"
                + " WHERE t.type = 'table' AND c.name LIKE '%\\_at' ESCAPE '\\'";
        try (ResultSet row = statement.executeQuery(columns)) {
            while (row.next()) {
                String column = row.getString(2);
                updates.add("UPDATE " + row.getString(1) + " SET " + column + " = " + column + " + "
                        + millis);
            }
        }
        return updates;
    }
}
