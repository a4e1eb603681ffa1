package io.erlust.supervision;

/** A child of a {@link Supervisor} and what becomes of it. */
final class Child {
    final int rank;
    final ChildSpec spec;
    Phase phase = Phase.DUE;

    /** When it is to be started or killed. */
    long at;

    long startedAt;

    /** Uncounted restarts that followed each other closely. */
    int streak;

    /** It ended normally, by itself. */
    boolean completed;

    enum Phase {
        /** Has no process; gets one when its time has come and no sibling is being stopped. */
        DUE,
        ALIVE,
        /** Was asked to stop; is killed when its time has come. */
        STOPPING,
        /** Has no process and gets none, unless it is run again with its siblings. */
        ENDED
    }

    Child(int rank, ChildSpec spec, long at) {
        this.rank = rank;
        this.spec = spec;
        this.at = at;
    }
}
