package io.erlust.retention;

import io.erlust.json.Json;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

import java.util.List;
import java.util.Optional;

/**
 * Runs that go, as rows: the SQL, and nothing else. A run's record goes first, so that from then on
 * there never was such a run; its callbacks and results follow, as many at a time as a
 * {@link Budget} allows. {@code pruned_run} says for which runs they have not all followed yet.
 */
final class PrunedRows {
    private static final String FINAL = "('completed', 'failed', 'cancelled')";

    /**
     * Whether a run {@code p} has to stay: the application has not been told everything, or other
     * jobs need to know how it ended.
     */
    static final String HELD = "(EXISTS (SELECT 1 FROM callback c WHERE c.job_serial = p.serial"
            + " AND c.run <= p.run AND c.state = 'pending')"
            + " OR EXISTS (SELECT 1 FROM callback_cursor c WHERE c.job_serial = p.serial"
            + " AND c.run <= p.run AND c.state = 'open')"
            + " OR (p.archived = 0 AND ("
            + "EXISTS (SELECT 1 FROM job_after a WHERE a.awaited_serial = p.serial)"
            + " OR EXISTS (SELECT 1 FROM job_ended e WHERE e.job_serial = p.serial)"
            + " OR EXISTS (SELECT 1 FROM job_link l WHERE l.low_serial = p.serial)"
            + " OR EXISTS (SELECT 1 FROM job_link l WHERE l.high_serial = p.serial))))";

    /** A run whose record is gone; {@code last}: its job goes with it. */
    record Pruned(long serial, int run, boolean last) {}

    private PrunedRows() {}

    /**
     * Deletes the record of a run, if that may go now; of a job the earlier runs have to be gone.
     * For the last run that is the job's: who submits that id from now on makes another.
     */
    static boolean retire(Handle tx, EndedRun run, Budget budget) {
        if (mustStay(tx, run)) {
            return false;
        }
        int retired = run.archived()
                ? tx.execute(
                        "DELETE FROM job_run WHERE job_serial = ? AND run = ?",
                        run.serial(),
                        run.run())
                : retireJob(tx, run, budget);
        if (retired == 0) {
            return false; // gone before, or the job runs again
        }
        tx.execute(
                "INSERT INTO pruned_run (job_serial, run) VALUES (?, ?)", run.serial(), run.run());
        budget.spend(2, 0);
        return true;
    }

    private static boolean mustStay(Handle tx, EndedRun run) {
        String p = "SELECT CAST(:serial AS BIGINT) AS serial, CAST(:run AS INTEGER) AS run,"
                + " CAST(:archived AS INTEGER) AS archived";
        boolean held = tx.createQuery("SELECT 1 FROM (" + p + ") AS p WHERE " + HELD
                        + " OR EXISTS (SELECT 1 FROM job_run r WHERE r.job_serial = p.serial"
                        + " AND r.run < p.run)")
                .bind("serial", run.serial())
                .bind("run", run.run())
                .bind("archived", run.archived() ? 1 : 0)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
        return held || (!run.archived() && lacksCursor(tx, run));
    }

    /** It is to be told to a URL, and even the first step to that is still to come. */
    private static boolean lacksCursor(Handle tx, EndedRun run) {
        return tx.createQuery("SELECT spec FROM job WHERE serial = :serial"
                        + " AND spec LIKE '%\"callback_url\"%' AND NOT EXISTS"
                        + " (SELECT 1 FROM callback_cursor WHERE job_serial = :serial"
                        + " AND run = :run)")
                .bind("serial", run.serial())
                .bind("run", run.run())
                .mapTo(String.class)
                .findOne()
                .filter(spec -> Json.parse(spec).has("callback_url"))
                .isPresent();
    }

    private static int retireJob(Handle tx, EndedRun run, Budget budget) {
        int retired = tx.execute(
                "UPDATE job SET id = '-' || serial, state = 'pruned', ended_at = NULL"
                        + " WHERE serial = ? AND run = ? AND state IN " + FINAL,
                run.serial(),
                run.run());
        if (retired == 1) {
            long program = tx.createQuery("SELECT length(source) + length(args) FROM job_source"
                            + " WHERE job_serial = ?")
                    .bind(0, run.serial())
                    .mapTo(Long.class)
                    .findOne()
                    .orElse(0L);
            tx.execute("DELETE FROM job_source WHERE job_serial = ?", run.serial());
            budget.spend(
                    2 + tx.execute("DELETE FROM job_label WHERE job_serial = ?", run.serial()),
                    program);
        }
        return retired;
    }

    /** The first run of which something is left. */
    static Optional<Pruned> left(Handle tx) {
        return tx.createQuery("SELECT p.job_serial, p.run, j.state FROM pruned_run p"
                        + " JOIN job j ON j.serial = p.job_serial"
                        + " ORDER BY p.job_serial, p.run LIMIT 1")
                .map((row, context) -> new Pruned(
                        row.getLong("job_serial"),
                        row.getInt("run"),
                        row.getString("state").equals("pruned")))
                .findOne();
    }

    /** Deletes what the budget allows. True: nothing is left of the run. */
    static boolean empty(Handle tx, Pruned run, Budget budget) {
        return callbacks(tx, run, budget) && results(tx, run, budget) && finish(tx, run, budget);
    }

    /**
     * The callbacks of a job are numbered in the order of its runs. While the job is there its
     * newest one is, too: the next number is one more.
     */
    private static boolean callbacks(Handle tx, Pruned run, Budget budget) {
        int rows = budget.rows();
        List<Budget.Row> next = sized(
                tx.createQuery("SELECT c.seq AS seq, coalesce(length(b.body), 0) AS bytes"
                        + " FROM (SELECT job_serial, seq, run FROM callback"
                        + " WHERE job_serial = :serial ORDER BY seq LIMIT :rows) AS c"
                        + " LEFT JOIN callback_body b ON b.job_serial = c.job_serial"
                        + " AND b.seq = c.seq WHERE c.run <= :run"
                        + (run.last()
                                ? ""
                                : " AND c.seq < (SELECT max(seq) FROM callback"
                                        + " WHERE job_serial = :serial)")
                        + " ORDER BY c.seq"),
                run,
                rows);
        int taken = budget.take(next);
        if (taken > 0) {
            tx.execute(
                    "DELETE FROM callback WHERE job_serial = ? AND seq <= ?",
                    run.serial(),
                    next.get(taken - 1).seq());
        }
        return taken == next.size() && taken < rows;
    }

    private static boolean results(Handle tx, Pruned run, Budget budget) {
        int rows = budget.rows();
        List<Budget.Row> next = sized(
                tx.createQuery("SELECT seq, length(value) AS bytes FROM result"
                        + " WHERE job_serial = :serial AND run = :run ORDER BY seq LIMIT :rows"),
                run,
                rows);
        int taken = budget.take(next);
        if (taken > 0) {
            tx.execute(
                    "DELETE FROM result WHERE job_serial = ? AND run = ? AND seq <= ?",
                    run.serial(),
                    run.run(),
                    next.get(taken - 1).seq());
        }
        return taken == next.size() && taken < rows;
    }

    private static List<Budget.Row> sized(Query query, Pruned run, int rows) {
        return query.bind("serial", run.serial())
                .bind("run", run.run())
                .bind("rows", rows)
                .map((row, context) -> new Budget.Row(row.getLong("seq"), row.getLong("bytes")))
                .list();
    }

    private static boolean finish(Handle tx, Pruned run, Budget budget) {
        int cursor = tx.execute(
                "DELETE FROM callback_cursor WHERE job_serial = ? AND run = ?",
                run.serial(),
                run.run());
        tx.execute(
                "DELETE FROM pruned_run WHERE job_serial = ? AND run = ?", run.serial(), run.run());
        if (run.last()) {
            tx.execute("DELETE FROM job WHERE serial = ?", run.serial());
        }
        budget.spend(2 + cursor, 0);
        return true;
    }
}
