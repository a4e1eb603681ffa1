package io.erlust.retention;

import io.erlust.store.Database;

import java.io.IOException;
import java.util.List;

/**
 * The runs of jobs that have had more than are kept. Runs are numbered one by one and go in order,
 * so the first that is there says how many there are. A round looks at a bounded number of jobs,
 * the next one at those that follow.
 */
final class ManyRuns {
    private static final int PAGE = 500;
    private static final int PAGES_MAX = 20;

    private record Repeated(long serial, int run, int first) {}

    private final Database database;
    private final int runsMax;
    private Repeated place = front();

    ManyRuns(Database database, int runsMax) {
        this.database = database;
        this.runsMax = runsMax;
    }

    private static Repeated front() {
        return new Repeated(0, 0, 0);
    }

    void round(Removal removal, PruningTask task) throws IOException, InterruptedException {
        for (int pages = 0; pages < PAGES_MAX; pages++) {
            List<Repeated> jobs = page();
            if (jobs.isEmpty()) {
                place = front();
                return;
            }
            for (Repeated job : jobs) {
                prune(job, removal, task);
            }
            place = jobs.getLast();
        }
    }

    private void prune(Repeated job, Removal removal, PruningTask task)
            throws IOException, InterruptedException {
        int first = 0;
        List<EndedRun> runs = beyond(job);
        while (task.goesOn() && !runs.isEmpty() && runs.getFirst().run() > first) {
            first = runs.getFirst().run(); // still there next time: it has to stay, and so the rest
            removal.remove(runs, Long.MAX_VALUE, task);
            runs = beyond(job);
        }
    }

    /** Jobs in the order of how many runs they have had. */
    private List<Repeated> page() {
        return database.read(handle -> handle.createQuery("SELECT serial, run,"
                        + " coalesce((SELECT min(run) FROM job_run WHERE job_serial = serial), run)"
                        + " AS first FROM job WHERE run > 1 AND run > :max"
                        + " AND (run, serial) > (:run, :serial) ORDER BY run, serial LIMIT :limit")
                .bind("max", runsMax)
                .bind("run", place.run())
                .bind("serial", place.serial())
                .bind("limit", PAGE)
                .map((row, context) ->
                        new Repeated(row.getLong("serial"), row.getInt("run"), row.getInt("first")))
                .list());
    }

    private List<EndedRun> beyond(Repeated job) {
        int kept = job.run() - runsMax;
        if (job.first() >= kept) {
            return List.of();
        }
        return database.read(handle -> handle.createQuery("SELECT run, ended_at FROM job_run"
                        + " WHERE job_serial = ? AND run < ? ORDER BY run LIMIT ?")
                .bind(0, job.serial())
                .bind(1, kept)
                .bind(2, PAGE)
                .map((row, context) -> new EndedRun(
                        row.getLong("ended_at"), job.serial(), row.getInt("run"), true, false))
                .list());
    }
}
