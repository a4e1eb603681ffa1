package io.erlust.retention;

import io.erlust.store.Database;
import io.erlust.time.WallClock;

import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Removes the logs of the oldest runs while all logs together are too large, and logs of runs that
 * are gone. How large they are is measured at the start, every hour, and when a tenth of what may
 * be was printed since.
 */
final class LogPruner {
    private static final Logger log = LoggerFactory.getLogger(LogPruner.class);
    private static final int JOBS_AT_ONCE = 50;

    private record Run(long serial, int run) {}

    private final RetentionConfig config;
    private final Database database;
    private final WallClock clock;
    private final RunLogs logs;
    private final Walk oldest;

    private int rounds;

    /** As measured, less what was removed since. */
    private long kept;

    /** When it was measured. */
    private long written;

    private boolean isTooLarge;

    LogPruner(RetentionConfig config, Database database, WallClock clock, RunLogs logs) {
        this.config = config;
        this.database = database;
        this.clock = clock;
        this.logs = logs;
        this.oldest = new Walk(database);
    }

    void round(PruningTask task) throws IOException {
        oldest.round();
        long slack = config.logsBytesMax() / 10;
        if (rounds % Walk.ROUNDS == 0 || logs.writtenBytes() - written > slack) {
            measure(task);
        }
        rounds++; // only now: a measuring that failed is repeated
        if (kept > config.logsBytesMax()) {
            prune(config.logsBytesMax() - slack, task);
        } else {
            isTooLarge = false;
        }
    }

    private void measure(PruningTask task) throws IOException {
        long now = logs.writtenBytes();
        List<Long> jobs = logs.jobs();
        long total = 0;
        for (int from = 0; from < jobs.size() && task.goesOn(); from += JOBS_AT_ONCE) {
            int to = Math.min(jobs.size(), from + JOBS_AT_ONCE);
            total += look(jobs.subList(from, to), task);
        }
        written = now;
        kept = total;
    }

    /** Measures the logs of some jobs; removes those of runs that are gone. */
    private long look(List<Long> jobs, PruningTask task) throws IOException {
        Map<Run, Long> found = new HashMap<>();
        for (long serial : jobs) {
            logs.runs(serial).forEach((run, bytes) -> found.put(new Run(serial, run), bytes));
        }
        // asked after they were found: a run is in the store before it prints
        Set<Run> known = database.read(handle -> known(handle, jobs));
        Set<Long> knownJobs = new HashSet<>();
        known.forEach(run -> knownJobs.add(run.serial()));
        long total = 0;
        for (Map.Entry<Run, Long> run : found.entrySet()) {
            if (known.contains(run.getKey())) {
                total += run.getValue();
            } else {
                logs.delete(run.getKey().serial(), run.getKey().run());
                task.removed(1);
            }
        }
        for (long serial : jobs) {
            if (!knownJobs.contains(serial)) {
                logs.deleteJob(serial);
            }
        }
        return total;
    }

    private static Set<Run> known(Handle handle, List<Long> jobs) {
        return new HashSet<>(
                handle.createQuery("SELECT serial, run FROM job WHERE serial IN (<jobs>)"
                                + " UNION ALL SELECT job_serial, run FROM job_run"
                                + " WHERE job_serial IN (<jobs>)")
                        .bindList("jobs", jobs)
                        .map((row, context) -> new Run(row.getLong("serial"), row.getInt("run")))
                        .list());
    }

    private void prune(long enough, PruningTask task) throws IOException {
        long before = clock.now().minus(RunPruner.YOUNG).toEpochMilli();
        while (kept > enough && task.goesOn()) {
            List<EndedRun> runs = oldest.next(before);
            if (runs.isEmpty()) {
                tooLarge();
                return;
            }
            for (EndedRun run : runs) {
                if (kept <= enough) {
                    return;
                }
                long bytes = logs.delete(run.serial(), run.run());
                kept -= bytes;
                task.removed(bytes > 0 ? 1 : 0);
            }
            oldest.pass(runs);
        }
    }

    private void tooLarge() {
        if (!isTooLarge && kept > config.logsBytesMax()) {
            log.warn(
                    "the logs of nodes take {} MiB, {} may be kept, and all of what can be pruned"
                            + " is: the rest is of runs that have not ended, or just ended",
                    kept >> 20,
                    config.logsBytesMax() >> 20);
            isTooLarge = true;
        }
    }
}
