package io.erlust.store;

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

    public Kind kind() {
        return kind;
    }
}
