package io.erlust.store;

import org.sqlite.SQLiteException;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/**
 * A failure of the disk under an embedded store after which a server must not go on: it would
 * promise what is perhaps not there any more. Says so in a sentence that names the file.
 */
final class DiskFault {
    private DiskFault() {}

    /** Empty when the failure is another one, which a later attempt may survive. */
    static Optional<String> in(Throwable failure, DatabaseConfig config) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            if (at instanceof SQLiteException e) {
                return in(e, config.file());
            }
        }
        return Optional.empty();
    }

    private static Optional<String> in(SQLiteException e, Path file) {
        return switch (e.getResultCode()) {
            case SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC ->
                Optional.of("the disk could not keep what was written to " + file
                        + " (fsync failed), and a second attempt could lie about it. What was"
                        + " answered before is stored. Look after the disk, then start again");
            case SQLITE_CORRUPT, SQLITE_CORRUPT_INDEX, SQLITE_CORRUPT_SEQUENCE, SQLITE_NOTADB ->
                Optional.of(damaged(file, String.valueOf(e.getMessage())));
            default -> Optional.empty();
        };
    }

    /**
     * Looks at every page's structure.
     *
     * @throws StoreException REFUSED when one is damaged
     */
    static void check(DatabaseConfig config, Connections connections) {
        try (Connection connection = connections.plain().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA quick_check(1)")) {
            String found = row.next() ? row.getString(1) : "no answer";
            if (!found.equals("ok")) {
                throw refused(damaged(config.file(), found.replaceAll("\\s+", " ")));
            }
        } catch (SQLException e) {
            throw in(e, config).map(DiskFault::refused).orElseGet(() -> StoreException.of(e));
        }
    }

    /**
     * To be called before anything opens the store: that forgets the log behind its first damage.
     *
     * @throws StoreException REFUSED when the write-ahead log is damaged before its end
     */
    static void checkLog(DatabaseConfig config) {
        Path log = config.file().resolveSibling(config.file().getFileName() + "-wal");
        int lost = WriteAheadLog.commitsBehindDamage(log);
        if (lost > 1) { // one: the commit during which the machine stopped, and nobody was told of
            throw refused(log + " is damaged, and " + lost + " commits from there on can't be read."
                    + " Restore a backup; or move the file away to go on without them");
        }
    }

    private static String damaged(Path file, String how) {
        return file + " is damaged (" + how + "). Nothing more is written to it. Look after the"
                + " disk, then restore a backup, or save what can be read: sqlite3 " + file
                + " .recover";
    }

    private static StoreException refused(String why) {
        return new StoreException(StoreException.Kind.REFUSED, why);
    }
}
