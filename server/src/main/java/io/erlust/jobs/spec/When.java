package io.erlust.jobs.spec;

import io.erlust.time.CronSchedule;

import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/** When a job may start. */
public sealed interface When {
    /** At once. */
    record Now() implements When {}

    /** At a time, or a while after its submission. */
    record Timed(Moment moment) implements When {}

    /** When the application calls {@code POST /v1/jobs/{id}/start}. */
    record Manual() implements When {}

    /** When each of these jobs has ended as {@code on} says. */
    record After(List<JobId> jobs, On on) implements When {}

    /**
     * Again and again: a recurring job.
     *
     * @param overlap what becomes of an instant at which the run before is still under way
     * @param catchUp instants that passed while no server ran are made up for, by one run
     */
    record Cron(String expression, ZoneId zone, Overlap overlap, boolean catchUp) implements When {
        /** The first instant strictly after another; empty when there is none any more. */
        public Optional<Instant> after(Instant instant) {
            return CronSchedule.of(expression, zone).after(instant);
        }
    }

    /** What the end of a job must have been for those that run after it. */
    enum On {
        /** It completed; otherwise they fail. */
        COMPLETED,
        /** However it ended. */
        FINISHED,
        /** It failed or was cancelled, one of them; they are cancelled when all completed. */
        FAILED
    }

    /** What becomes of an instant of a schedule at which the run before is still under way. */
    enum Overlap {
        /** Nothing: the next run begins at the next instant after that one's end. */
        SKIP,
        /** One run begins as soon as that one has ended. */
        QUEUE,
        /** That one is cancelled, and the next run begins when its nodes have stopped. */
        REPLACE
    }
}
