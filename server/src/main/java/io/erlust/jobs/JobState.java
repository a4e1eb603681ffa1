package io.erlust.jobs;

import java.util.Locale;
import java.util.Set;

/**
 * The states of a job and the only moves between them. {@code scheduled → available → running →
 * completed | failed | cancelled}; a job can be cancelled from any state that is not final. A final
 * state is final for its run: running a job again begins a new run.
 */
public enum JobState {
    /** Waits for its {@code when}, for another attempt, or to be resumed. */
    SCHEDULED,
    /** May start; waits for free nodes. */
    AVAILABLE,
    /** Its nodes run. */
    RUNNING,
    COMPLETED,
    FAILED,
    CANCELLED;

    /** Where a run can go from here. */
    public Set<JobState> next() {
        return switch (this) {
            case SCHEDULED -> Set.of(AVAILABLE, FAILED, CANCELLED);
            // back to scheduled: it is paused
            case AVAILABLE -> Set.of(SCHEDULED, RUNNING, FAILED, CANCELLED);
            // back to available: its server died; it runs again from its queues, nothing is lost
            case RUNNING -> Set.of(AVAILABLE, COMPLETED, FAILED, CANCELLED);
            case COMPLETED, FAILED, CANCELLED -> Set.of();
        };
    }

    public boolean isFinal() {
        return next().isEmpty();
    }

    /** As on the wire: lower case. */
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static JobState ofWire(String wire) {
        return valueOf(wire.toUpperCase(Locale.ROOT));
    }
}
