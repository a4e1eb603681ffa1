package io.erlust.store;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.Locale;

/** The database could not do it. Nothing of the failed work is stored. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What a caller can do about it. */
    public enum Kind {
        /** The disk or the database is full: nothing was stored; free space, then repeat. */
        FULL,
        /** The database does not answer: repeat later. */
        UNAVAILABLE,
        /** The data is not ours to open: another server has it, or a newer program wrote it. */
        REFUSED,
        /** A defect. */
        FAILED
    }

    private final Kind kind;

    public StoreException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public StoreException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** What a failed call of the database means to who asked for it. */
    static StoreException of(Throwable e) {
        if (e instanceof StoreException known) {
            return known;
        }
        SQLException sql = null;
        for (Throwable at = e; at != null; at = at.getCause()) {
            if (at instanceof SQLException found) {
                sql = found;
                break;
            }
        }
        String message = sql == null ? String.valueOf(e) : String.valueOf(sql.getMessage());
        return new StoreException(kind(sql, message), "database: " + message, e);
    }

    private static Kind kind(@Nullable SQLException sql, String message) {
        if (sql == null) {
            return Kind.FAILED;
        }
        String state = sql.getSQLState() == null ? "" : sql.getSQLState();
        String text = message.toLowerCase(Locale.ROOT);
        if (state.equals("53100") || text.contains("sqlite_full") || text.contains("is full")) {
            return Kind.FULL;
        }
        if (state.startsWith("08")
                || state.startsWith("57P")
                || text.contains("sqlite_ioerr")
                || text.contains("sqlite_busy")
                || sql instanceof SQLTransientException) {
            return Kind.UNAVAILABLE;
        }
        return Kind.FAILED;
    }

    public Kind kind() {
        return kind;
    }
}
