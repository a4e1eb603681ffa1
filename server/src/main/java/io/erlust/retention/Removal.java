package io.erlust.retention;

import io.erlust.store.Database;
import io.erlust.time.MonotonicClock;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Removes runs, slice by slice, with a rest after each as long as it took: the writer is never busy
 * with pruning for more than half of the time.
 */
final class Removal {
    private final Database database;
    private final RunLogs logs;
    private final MonotonicClock clock;

    Removal(Database database, RunLogs logs, MonotonicClock clock) {
        this.database = database;
        this.logs = logs;
        this.clock = clock;
    }

    /** Removes what an earlier round, or server, left half done. */
    void finish(PruningTask task) throws IOException, InterruptedException {
        remove(List.of(), Long.MAX_VALUE, task);
    }

    /**
     * Removes those of the runs that may go now, from the first, until there is enough room.
     *
     * @return how much room it made, in bytes, about
     */
    long remove(List<EndedRun> runs, long enough, PruningTask task)
            throws IOException, InterruptedException {
        List<EndedRun> rest = runs.stream().filter(run -> !run.held()).toList();
        long room = 0;
        boolean isMore = runs.isEmpty();
        while (task.goesOn() && (isMore || (!rest.isEmpty() && room < enough))) {
            long begun = clock.nanos();
            List<EndedRun> next = room < enough ? rest : List.of();
            Slice.Done done = database.write(new Slice(next, enough - room, clock));
            rest = rest.subList(done.looked(), rest.size());
            room += done.bytes();
            isMore = done.isMore();
            task.removed(done.gone().size());
            removeLogs(done.gone());
            task.rest(Duration.ofNanos(clock.nanos() - begun));
        }
        return room;
    }

    /** When this fails, or the server dies before it, the log pruner finds them. */
    private void removeLogs(List<PrunedRows.Pruned> gone) throws IOException {
        for (PrunedRows.Pruned run : gone) {
            if (run.last()) {
                logs.deleteJob(run.serial());
            } else {
                logs.delete(run.serial(), run.run());
            }
        }
    }
}
