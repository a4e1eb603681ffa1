package io.erlust.jobs;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A job as stored.
 *
 * @param serial its number in the store: order of submission
 * @param run 1 for the first run
 * @param reason why it is in its state, for people; the failure's cause with the last stderr
 * @param startedAt when this run first started; a run continued by another server keeps it
 * @param cancelling its cancellation was asked for and is durable; its nodes are being stopped
 * @param signal what it was told over a link while it runs: its nodes are being stopped, and it
 *     fails with this reason
 * @param nodes what its nodes were and did, as of the last change of state
 */
public record Job(
        long serial,
        JobSpec spec,
        JobState state,
        int run,
        Optional<String> reason,
        Instant createdAt,
        Optional<Instant> startedAt,
        Optional<Instant> endedAt,
        boolean cancelling,
        Optional<String> signal,
        List<NodeStatus> nodes) {
    /** A longer reason keeps its first line's start and its end: the last of the stderr. */
    static final int REASON_CHARS_MAX = 16_384;

    public JobId id() {
        return spec.id();
    }

    /** For lists and events: a source and its args can be 16 MiB, and few need them. */
    Job withoutProgram() {
        return new Job(
                serial,
                spec.withProgram("", "null"),
                state,
                run,
                reason,
                createdAt,
                startedAt,
                endedAt,
                cancelling,
                signal,
                nodes);
    }

    /** This run in another state. Whether the move is allowed is for the caller to check. */
    Job moved(JobState to, Optional<String> why, List<NodeStatus> nodesNow, Instant now) {
        return new Job(
                serial,
                spec,
                to,
                run,
                why.map(Job::storable),
                createdAt,
                to == JobState.RUNNING ? startedAt.or(() -> Optional.of(now)) : startedAt,
                to.isFinal() ? Optional.of(now) : Optional.empty(),
                false,
                Optional.empty(),
                List.copyOf(nodesNow));
    }

    Job cancelRequested() {
        return new Job(
                serial,
                spec,
                state,
                run,
                Optional.of("cancel requested; its nodes are being stopped"),
                createdAt,
                startedAt,
                endedAt,
                true,
                signal,
                nodes);
    }

    Job signalled(String why) {
        return new Job(
                serial,
                spec,
                state,
                run,
                Optional.of(storable(why + "; its nodes are being stopped")),
                createdAt,
                startedAt,
                endedAt,
                cancelling,
                Optional.of(storable(why)),
                nodes);
    }

    Job nextRun(JobState first) {
        return new Job(
                serial,
                spec,
                first,
                run + 1,
                Optional.empty(),
                createdAt,
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                List.of());
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
