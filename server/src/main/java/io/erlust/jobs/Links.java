package io.erlust.jobs;

import io.erlust.jobs.spec.JobId;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The rules of links between jobs, which are OTP's: a link has two equal sides and there is at most
 * one between two jobs; it ends with the first of the two runs. A run that completed tells the
 * other side nothing; one that failed or was cancelled ends it too, with the reason. That is a
 * request: a running job's nodes are asked to stop before they are killed. A link to a job that had
 * failed before is answered at once.
 */
final class Links {
    private static final int CAUSE_CHARS_MAX = 500;

    private Links() {}

    /** What the other sides of a run's links are told when it has ended. */
    static Optional<String> signal(Job ended) {
        String name = "linked job \"" + ended.id() + "\"";
        return switch (ended.state()) {
            case FAILED -> Optional.of(name + " failed: " + cause(ended));
            case CANCELLED -> Optional.of(name + " was cancelled");
            case COMPLETED, SCHEDULED, AVAILABLE, RUNNING -> Optional.empty();
        };
    }

    private static String cause(Job failed) {
        String line = failed.reason()
                .orElse("for no known reason")
                .lines()
                .findFirst()
                .orElse("");
        return line.length() <= CAUSE_CHARS_MAX ? line : line.substring(0, CAUSE_CHARS_MAX) + "…";
    }

    /** What a run that begins is told, once, when one of those it names has failed before. */
    static Optional<String> noproc(List<JobId> named, Map<JobId, Job> known) {
        for (JobId id : named) {
            Job job = known.get(id);
            JobState state = job == null ? JobState.COMPLETED : job.state();
            if (state == JobState.FAILED || state == JobState.CANCELLED) {
                return Optional.of(
                        "noproc: linked job \"" + id + "\" ended before (" + state.wire() + ")");
            }
        }
        return Optional.empty();
    }

    /** What a signal makes of a job; empty when it is on its way to another end. */
    static Optional<Job> reached(Job job, String signal, Instant now) {
        return switch (job.state()) {
            case SCHEDULED, AVAILABLE ->
                Optional.of(job.moved(JobState.FAILED, Optional.of(signal), List.of(), now));
            case RUNNING ->
                job.cancelling() || job.signal().isPresent()
                        ? Optional.empty()
                        : Optional.of(job.signalled(signal));
            case COMPLETED, FAILED, CANCELLED -> Optional.empty();
        };
    }
}
