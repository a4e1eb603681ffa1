package io.erlust.supervision;

/** What has become of a child of a random job. */
final class SimulatedNode {
    final ChildSpec spec;
    boolean alive;

    /** Counts its processes. */
    int generation;

    /** It was asked to stop or killed. */
    boolean asked;

    boolean killed;
    long killFrom;

    /** It ended by itself, for good, unless it is run again. */
    boolean done;

    boolean completed;

    SimulatedNode(ChildSpec spec) {
        this.spec = spec;
    }
}
