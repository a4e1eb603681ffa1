package io.erlust.jobs;

import io.erlust.jobs.spec.Moment;
import io.erlust.jobs.spec.When;
import io.erlust.time.WallClock;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * The two times of jobs, in milliseconds as they are stored.
 *
 * @param wall decides when schedules are due, and what people read
 * @param steady is moved by no change of the time of day: decides when delays and retries are due
 */
public record JobClock(WallClock wall, WallClock steady) {
    public Instant now() {
        return wall.now().truncatedTo(ChronoUnit.MILLIS);
    }

    public Instant steadyNow() {
        return steady.now().truncatedTo(ChronoUnit.MILLIS);
    }

    /** When a job is due that is submitted now; empty when it does not wait for a time. */
    Optional<Times.Due> due(When when, Instant now) {
        return switch (when) {
            case When.Now _, When.Manual _, When.After _ -> Optional.empty();
            case When.Timed(Moment.At at) -> Optional.of(new Times.Due(at.time(), false));
            case When.Timed(Moment.In in) ->
                Optional.of(new Times.Due(steadyNow().plus(in.delay()), true));
            case When.Cron cron -> cron.after(now).map(at -> new Times.Due(at, false));
        };
    }
}
