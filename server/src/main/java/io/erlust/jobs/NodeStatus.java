package io.erlust.jobs;

import io.erlust.time.Rate;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * One node of a run.
 *
 * @param state {@code starting, running, restarting, ended}
 * @param exit how its last process ended: {@code normal}, {@code exit 1}, {@code signal 9}…
 * @param stderr the last lines of the process that {@code exit} speaks of, when it did not end
 *     normally and wrote any
 * @param restarts how often it was started again
 * @param items how many items it acknowledged
 */
public record NodeStatus(
        int rank,
        String state,
        OptionalLong pid,
        Optional<String> exit,
        Optional<String> stderr,
        int restarts,
        long items,
        Optional<Progress> progress) {
    static final int STDERR_BYTES_MAX = 1024;

    /**
     * What {@code node.progress} said last; total and note may be missing.
     *
     * @param rate how fast {@code done} grows a second; never stored
     */
    public record Progress(
            long done, OptionalLong total, Optional<String> note, OptionalDouble rate) {
        public Progress(long done, OptionalLong total, Optional<String> note) {
            this(done, total, note, OptionalDouble.empty());
        }

        /** How long the rest takes at this rate. */
        public Optional<Duration> left() {
            return total.isPresent() && rate.isPresent()
                    ? Rate.timeFor(total.getAsLong() - done, rate.getAsDouble())
                    : Optional.empty();
        }
    }

    public static NodeStatus starting(int rank) {
        return new NodeStatus(
                rank,
                "starting",
                OptionalLong.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                0,
                Optional.empty());
    }

    /** Its process exists; the library has not said {@code ready} yet. */
    public NodeStatus started(long newPid) {
        return with(state, OptionalLong.of(newPid), exit, stderr, restarts);
    }

    public NodeStatus running() {
        return with("running", pid, exit, stderr, restarts);
    }

    /** Its process is gone; another one will be started. */
    public NodeStatus restarting(String how, String lastStderr) {
        return gone("restarting", how, lastStderr);
    }

    /** Another process is being started for it. */
    public NodeStatus startedAgain() {
        return with("starting", OptionalLong.empty(), exit, stderr, restarts + 1);
    }

    /** Its process is gone for good. */
    public NodeStatus ended(String how, String lastStderr) {
        return gone("ended", how, lastStderr);
    }

    /** The same without stderr; {@code exit} stays as it was when there was no process. */
    public NodeStatus ended(Optional<String> how) {
        return how.map(word -> ended(word, ""))
                .orElseGet(() -> with("ended", OptionalLong.empty(), exit, stderr, restarts));
    }

    public NodeStatus at(Progress latest) {
        return new NodeStatus(rank, state, pid, exit, stderr, restarts, items, Optional.of(latest));
    }

    public NodeStatus withItems(long count) {
        return new NodeStatus(rank, state, pid, exit, stderr, restarts, count, progress);
    }

    /** How fast it is now; nothing when it has reported no progress. */
    public NodeStatus withRate(OptionalDouble rate) {
        return progress.map(said -> at(new Progress(said.done, said.total, said.note, rate)))
                .orElse(this);
    }

    private NodeStatus gone(String newState, String how, String lastStderr) {
        String lines = lastLines(lastStderr);
        return with(
                newState,
                OptionalLong.empty(),
                Optional.of(how),
                lines.isEmpty() ? Optional.empty() : Optional.of(lines),
                restarts);
    }

    private NodeStatus with(
            String newState,
            OptionalLong newPid,
            Optional<String> newExit,
            Optional<String> newStderr,
            int newRestarts) {
        return new NodeStatus(
                rank, newState, newPid, newExit, newStderr, newRestarts, items, progress);
    }

    /** The last whole lines that fit; of one line that is too long, its end. */
    private static String lastLines(String text) {
        byte[] utf8 = text.strip().getBytes(StandardCharsets.UTF_8);
        int from = utf8.length - STDERR_BYTES_MAX;
        if (from <= 0) {
            return text.strip();
        }
        int cut = from;
        if (utf8[from - 1] != '\n') {
            while (cut < utf8.length && utf8[cut] != '\n') {
                cut++;
            }
            cut = cut < utf8.length ? cut + 1 : from;
        }
        while ((utf8[cut] & 0xC0) == 0x80) {
            cut++; // not in the middle of a character
        }
        return new String(utf8, cut, utf8.length - cut, StandardCharsets.UTF_8);
    }
}
