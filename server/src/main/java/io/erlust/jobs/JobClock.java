package io.erlust.jobs;

import io.erlust.time.WallClock;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

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
}
