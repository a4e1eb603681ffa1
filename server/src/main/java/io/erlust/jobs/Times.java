package io.erlust.jobs;

import java.time.Instant;
import java.util.Optional;

/**
 * The times of a job and of its run.
 *
 * @param due scheduled: when it becomes available, if that is a matter of time; available and
 *     after: since when it is in the line
 * @param firedAt when this run became available, in its first attempt; of a recurring job: the
 *     instants of its schedule up to then are dealt with
 * @param replaceAt when the next run of a recurring job takes the place of this one
 * @param startedAt when this run first started; a run continued by another server keeps it
 * @param expiresAt a run that has not started by then is cancelled
 */
public record Times(
        Instant createdAt,
        Optional<Due> due,
        Optional<Instant> firedAt,
        Optional<Instant> replaceAt,
        Optional<Instant> startedAt,
        Optional<Instant> endedAt,
        Optional<Instant> expiresAt) {

    /**
     * When something is due.
     *
     * @param isSteady told by a clock that no change of the time of day moves
     */
    public record Due(Instant at, boolean isSteady) {}

    static Times created(Instant now, Optional<Due> due, Optional<Instant> expiresAt) {
        return new Times(
                now,
                due,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                expiresAt);
    }

    /** Those of a run that is to come. */
    Times next(Optional<Due> nextDue, boolean isAttempt) {
        return new Times(
                createdAt,
                nextDue,
                isAttempt ? firedAt : Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                expiresAt);
    }

    Times due(Instant at) {
        return new Times(
                createdAt,
                Optional.of(new Due(at, false)),
                firedAt,
                replaceAt,
                startedAt,
                endedAt,
                expiresAt);
    }

    /** Into the line now. */
    Times fired(Instant now, Optional<Instant> replaced) {
        return new Times(
                createdAt,
                Optional.of(new Due(now, false)),
                firedAt.or(() -> Optional.of(served(now))),
                replaced,
                startedAt,
                endedAt,
                expiresAt);
    }

    /**
     * Up to when the instants of a schedule are dealt with if it goes on now. No instant comes
     * twice: not when the clock was set back, nor when a run is started before its time.
     */
    Instant served(Instant now) {
        Instant before =
                firedAt.or(() -> due.map(next -> next.at().minusMillis(1))).orElse(now);
        return before.isAfter(now) ? before : now;
    }

    /** Nothing of a job begins at this time or later. */
    boolean isOver(Instant at) {
        return expiresAt.map(end -> !at.isBefore(end)).orElse(false);
    }

    /** The instants of its schedule up to now are dealt with, or left out. */
    Times servedUpTo(Instant now, Optional<Instant> replaced) {
        return new Times(
                createdAt, due, Optional.of(served(now)), replaced, startedAt, endedAt, expiresAt);
    }

    Times replacing(Optional<Instant> at) {
        return new Times(createdAt, due, firedAt, at, startedAt, endedAt, expiresAt);
    }

    Times started(Instant now) {
        Optional<Instant> first = startedAt.or(() -> Optional.of(now));
        return new Times(createdAt, due, firedAt, replaceAt, first, endedAt, expiresAt);
    }

    Times ended(Instant now) {
        return new Times(
                createdAt, due, firedAt, Optional.empty(), startedAt, Optional.of(now), expiresAt);
    }

    Times forEver() {
        return new Times(createdAt, due, firedAt, replaceAt, startedAt, endedAt, Optional.empty());
    }
}
