package io.erlust.retention;

import io.erlust.retention.PrunedRows.Pruned;
import io.erlust.store.Work;
import io.erlust.time.MonotonicClock;

import org.jdbi.v3.core.Handle;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * As much pruning as one work may do: first what an earlier one left, then of these runs, in order.
 *
 * @param enough room, in bytes; no more is begun then
 */
record Slice(List<EndedRun> runs, long enough, MonotonicClock clock) implements Work<Slice.Done> {
    /**
     * What a slice did.
     *
     * @param looked at so many of the runs, from the first
     * @param gone runs of which nothing is left
     * @param bytes how much that made room for, about
     * @param isMore a run is left half done
     */
    record Done(int looked, List<Pruned> gone, long bytes, boolean isMore) {}

    @Override
    public Done run(Handle tx) {
        Budget budget = new Budget(clock);
        List<Pruned> gone = new ArrayList<>();
        boolean isMore = finishLeft(tx, budget, gone);
        int looked = 0;
        while (!isMore
                && looked < runs.size()
                && (looked == 0 || (!budget.isSpent() && budget.spentBytes() < enough))) {
            EndedRun run = runs.get(looked++);
            if (PrunedRows.retire(tx, run, budget)) {
                isMore = finishLeft(tx, budget, gone);
            }
        }
        return new Done(looked, gone, budget.spentBytes(), isMore);
    }

    private static boolean finishLeft(Handle tx, Budget budget, List<Pruned> gone) {
        Optional<Pruned> left = PrunedRows.left(tx);
        while (left.isPresent()) {
            if (!PrunedRows.empty(tx, left.get(), budget)) {
                return true;
            }
            gone.add(left.get());
            left = PrunedRows.left(tx);
            if (budget.isSpent()) {
                return left.isPresent();
            }
        }
        return false;
    }
}
