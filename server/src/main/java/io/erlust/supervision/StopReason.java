package io.erlust.supervision;

import java.util.Locale;

/** Why a node is asked to end. */
public enum StopReason {
    /** The job was cancelled. */
    CANCELLED,
    /** The job's time is over. */
    TIMEOUT,
    /**
     * Its supervisor wants it: a sibling's restart, another node's answer, the job's failure, the
     * failure of a linked job, the stop of the server.
     */
    SHUTDOWN;

    /** How the end of a node that obeyed is called. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
