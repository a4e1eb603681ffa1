package io.erlust.supervision;

import java.time.Duration;
import java.util.Optional;

/** What a {@link Supervisor} is told. */
sealed interface Event {
    /** A process could not be started. */
    record StartFailed(int rank, String why) implements Event {}

    /**
     * A process is gone.
     *
     * @param normal it did what it was to do: exit code 0
     * @param exit how it ended, for people
     * @param itemInHand the item that its code was working on
     * @param acknowledged items that all nodes of the job have acknowledged so far
     * @param stderr the last lines
     */
    record Exited(
            int rank,
            boolean normal,
            String exit,
            Optional<String> itemInHand,
            long acknowledged,
            String stderr)
            implements Event {}

    /** The job is to end: its nodes are asked to stop and killed after {@code grace}. */
    record StopRequested(Outcome outcome, String reason, Duration grace, StopReason why)
            implements Event {}

    /** Time has passed. The first one starts the nodes. */
    record Tick() implements Event {}
}
