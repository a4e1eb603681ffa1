package io.erlust.jobs;

import java.util.Arrays;
import java.util.Optional;

/** Why the nodes of a run are stopped that is to be cancelled. */
public enum Cancel {
    REQUESTED(1, "cancelled on request"),
    /** Its schedule replaces it: a recurring job goes on with its next run. */
    REPLACED(2, "replaced by the next run, which was due");

    private final int code;
    private final String reason;

    Cancel(int code, String reason) {
        this.code = code;
        this.reason = reason;
    }

    /** What the run's reason will be. */
    public String reason() {
        return reason;
    }

    /** As stored; 0 for none. */
    int code() {
        return code;
    }

    static Optional<Cancel> ofCode(int code) {
        return Arrays.stream(values()).filter(each -> each.code == code).findFirst();
    }
}
