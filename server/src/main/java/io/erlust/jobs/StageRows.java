package io.erlust.jobs;

import org.jdbi.v3.core.Handle;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which jobs are to be moved on now, as rows. Each query reads the beginning of an index. */
final class StageRows {
    /** What comes first of each kind. */
    record Next(
            Optional<Instant> due,
            Optional<Instant> dueSteady,
            Optional<Instant> expires,
            Optional<Instant> replace,
            boolean anyEnded) {}

    private static final String DUE =
            " FROM job WHERE state = 'scheduled' AND paused = 0 AND due_at IS NOT NULL";
    private static final String EXPIRING = " FROM job WHERE waits_until IS NOT NULL";
    private static final String REPLACING = " FROM job WHERE replace_at IS NOT NULL";

    private StageRows() {}

    static Next next(Handle handle) {
        return handle.createQuery("SELECT (SELECT min(due_at)" + DUE + " AND steady = 0) AS due,"
                        + " (SELECT min(due_at)" + DUE + " AND steady = 1) AS due_steady,"
                        + " (SELECT min(waits_until)" + EXPIRING + ") AS expires,"
                        + " (SELECT min(replace_at)" + REPLACING + ") AS replaces,"
                        + " (SELECT min(job_serial) FROM job_ended) AS ended")
                .map((row, context) -> new Next(
                        JobRows.time(row, "due"),
                        JobRows.time(row, "due_steady"),
                        JobRows.time(row, "expires"),
                        JobRows.time(row, "replaces"),
                        row.getLong("ended") > 0))
                .one();
    }

    static List<Job> due(Handle tx, Instant now, Instant steadyNow, int limit) {
        List<Job> due = new ArrayList<>(due(tx, 0, now, limit));
        if (due.size() < limit) {
            due.addAll(due(tx, 1, steadyNow, limit - due.size()));
        }
        return due;
    }

    private static List<Job> due(Handle tx, int steady, Instant now, int limit) {
        return first(
                tx,
                DUE + " AND steady = " + steady + " AND due_at <= ? ORDER BY due_at",
                now,
                limit);
    }

    static List<Job> expired(Handle tx, Instant now, int limit) {
        return first(tx, EXPIRING + " AND waits_until <= ? ORDER BY waits_until", now, limit);
    }

    static List<Job> replaced(Handle tx, Instant now, int limit) {
        return first(tx, REPLACING + " AND replace_at <= ? ORDER BY replace_at", now, limit);
    }

    private static List<Job> first(Handle tx, String which, Instant now, int limit) {
        return tx.createQuery(JobRows.COLUMNS + which + " LIMIT ?")
                .bind(0, now.toEpochMilli())
                .bind(1, limit)
                .map((row, context) -> JobRows.light(row))
                .list();
    }
}
