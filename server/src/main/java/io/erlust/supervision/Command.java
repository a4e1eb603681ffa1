package io.erlust.supervision;

import java.time.Duration;
import java.util.Optional;

/** What a {@link Supervisor} wants done, in this order. */
sealed interface Command {
    /** Starts a process for a rank that has none. */
    record StartNode(int rank) implements Command {}

    /** Asks a process to end within {@code grace}. */
    record StopNode(int rank, Duration grace, StopReason why) implements Command {}

    /** Ends a process and everything it started, now. Repeated until it is gone. */
    record KillNode(int rank, StopReason why) implements Command {}

    /**
     * The last command: no process is left. To a supervisor above, every end of a supervisor is
     * {@code shutdown}, which is not abnormal.
     */
    record EndJob(Outcome outcome, Optional<String> reason) implements Command {}
}
