package io.erlust.jobs;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * One node of a run.
 *
 * @param state {@code starting, running, restarting, ended}
 * @param exit how its last process ended: {@code normal}, {@code exit 1}, {@code signal 9}…
 * @param restarts how often it was started again
 * @param items how many items it acknowledged
 */
public record NodeStatus(
        int rank,
        String state,
        OptionalLong pid,
        Optional<String> exit,
        int restarts,
        long items,
        Optional<Progress> progress) {
    /** What {@code node.progress} said last; total and note may be missing. */
    public record Progress(long done, OptionalLong total, Optional<String> note) {}

    public static NodeStatus starting(int rank) {
        return new NodeStatus(
                rank, "starting", OptionalLong.empty(), Optional.empty(), 0, 0, Optional.empty());
    }

    /** Its process exists; the library has not said {@code ready} yet. */
    public NodeStatus started(long newPid) {
        return new NodeStatus(
                rank, state, OptionalLong.of(newPid), exit, restarts, items, progress);
    }

    public NodeStatus running() {
        return new NodeStatus(rank, "running", pid, exit, restarts, items, progress);
    }

    /** Its process is gone; another one will be started. */
    public NodeStatus restarting(String how) {
        return new NodeStatus(
                rank,
                "restarting",
                OptionalLong.empty(),
                Optional.of(how),
                restarts,
                items,
                progress);
    }

    /** Another process is being started for it. */
    public NodeStatus startedAgain() {
        return new NodeStatus(
                rank, "starting", OptionalLong.empty(), exit, restarts + 1, items, progress);
    }

    /** Its process is gone for good; {@code exit} stays as it was when there was none. */
    public NodeStatus ended(Optional<String> how) {
        return new NodeStatus(
                rank, "ended", OptionalLong.empty(), how.or(() -> exit), restarts, items, progress);
    }

    public NodeStatus at(Progress latest) {
        return new NodeStatus(rank, state, pid, exit, restarts, items, Optional.of(latest));
    }

    public NodeStatus withItems(long count) {
        return new NodeStatus(rank, state, pid, exit, restarts, count, progress);
    }
}
