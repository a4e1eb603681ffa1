package io.erlust.jobs;

import io.erlust.jobs.spec.JobId;
import io.erlust.jobs.spec.JobSpec;
import io.erlust.jobs.spec.Life;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A job as stored, in its current run.
 *
 * @param serial its number in the store: order of submission
 * @param run 1 for the first run
 * @param attempt which attempt this run is, of those that {@link Life#attempts} allows
 * @param reason why it is in its state, for people; the failure's cause with the last stderr
 * @param paused nothing of it begins
 * @param cancel its cancellation was asked for and is durable; its nodes are being stopped
 * @param signal what it was told over a link while it runs: its nodes are being stopped, and it
 *     fails with this reason
 * @param nodes what its nodes were and did, as of the last change of state
 */
public record Job(
        long serial,
        JobSpec spec,
        JobState state,
        int run,
        int attempt,
        Optional<String> reason,
        Times times,
        boolean paused,
        Optional<Cancel> cancel,
        Optional<String> signal,
        List<NodeStatus> nodes) {
    /** A longer reason keeps its first line's start and its end: the last of the stderr. */
    static final int REASON_CHARS_MAX = 16_384;

    public JobId id() {
        return spec.id();
    }

    public int priority() {
        return spec.life().priority();
    }

    public Instant createdAt() {
        return times.createdAt();
    }

    public Optional<Instant> startedAt() {
        return times.startedAt();
    }

    public Optional<Instant> endedAt() {
        return times.endedAt();
    }

    public boolean cancelling() {
        return cancel.isPresent();
    }

    /** A job that was just submitted, before the store knows it. */
    static Job submitted(JobSpec spec, JobState state, Times times) {
        return new Job(
                0,
                spec,
                state,
                1,
                1,
                Optional.empty(),
                times,
                false,
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    Job stored(long itsSerial) {
        return new Job(
                itsSerial, spec, state, run, attempt, reason, times, paused, cancel, signal, nodes);
    }

    /** For lists and events: a source and its args can be 16 MiB, and few need them. */
    Job withoutProgram() {
        return new Job(
                serial,
                spec.light(),
                state,
                run,
                attempt,
                reason,
                times,
                paused,
                cancel,
                signal,
                nodes);
    }

    /** This run in another state. Whether the move is allowed is for the caller to check. */
    Job moved(JobState to, Optional<String> why, List<NodeStatus> nodesNow, Instant now) {
        Times then = switch (to) {
            case RUNNING -> times.started(now);
            case COMPLETED, FAILED, CANCELLED -> times.ended(now);
            case SCHEDULED, AVAILABLE -> times;
        };
        return new Job(
                serial,
                spec,
                to,
                run,
                attempt,
                why.map(Job::storable),
                then,
                paused,
                Optional.empty(),
                Optional.empty(),
                List.copyOf(nodesNow));
    }

    /** A job in the same state with other times, or paused or not. */
    Job with(Times otherTimes, boolean isPaused) {
        return new Job(
                serial,
                spec,
                state,
                run,
                attempt,
                reason,
                otherTimes,
                isPaused,
                cancel,
                signal,
                nodes);
    }

    Job cancelRequested(Cancel why) {
        return new Job(
                serial,
                spec,
                state,
                run,
                attempt,
                Optional.of(
                        why == Cancel.REQUESTED
                                ? "cancel requested; its nodes are being stopped"
                                : why.reason() + "; its nodes are being stopped"),
                times,
                paused,
                Optional.of(why),
                signal,
                nodes);
    }

    Job signalled(String why) {
        return new Job(
                serial,
                spec,
                state,
                run,
                attempt,
                Optional.of(storable(why + "; its nodes are being stopped")),
                times,
                paused,
                cancel,
                Optional.of(storable(why)),
                nodes);
    }

    /** The run after this one, scheduled. */
    Job nextRun(int nextAttempt, Optional<String> why, Optional<Times.Due> due) {
        return new Job(
                serial,
                spec,
                JobState.SCHEDULED,
                run + 1,
                nextAttempt,
                why.map(Job::storable),
                times.next(due, nextAttempt > 1),
                paused,
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    /** As when it was submitted: neither paused nor with an end of its time. */
    Job again() {
        return with(times.forEver(), false);
    }

    /** PostgreSQL stores no NUL characters, and a node's stderr may hold any. */
    private static String storable(String reason) {
        String text = reason.replace('\0', '\uFFFD');
        if (text.length() <= REASON_CHARS_MAX) {
            return text;
        }
        int head = 1000;
        String cut = "\n…\n";
        int tail = text.length() - (REASON_CHARS_MAX - head - cut.length());
        return text.substring(0, head) + cut + text.substring(tail);
    }
}
