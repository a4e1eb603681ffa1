package io.erlust.retention;

import io.erlust.store.Database;

import org.jdbi.v3.core.Handle;

import java.util.List;

/**
 * Goes through the runs that have ended, oldest first, a page at a time, and keeps its place from
 * round to round: what was passed over is not read again and again. It begins again at the front
 * every {@value #ROUNDS} rounds, for runs that could not go then.
 */
final class Walk {
    /** An hour. */
    static final int ROUNDS = 60;

    static final int PAGE = 500;

    private final Database database;
    private EndedRun place = EndedRun.FRONT;
    private int rounds;

    Walk(Database database) {
        this.database = database;
    }

    /** To be called once a round. */
    void round() {
        if (rounds++ % ROUNDS == 0) {
            place = EndedRun.FRONT;
        }
    }

    /**
     * The next runs, at most {@value #PAGE}, that ended before a time; the same ones until they are
     * passed. Empty: there are no more.
     */
    List<EndedRun> next(long before) {
        return database.read(handle -> page(handle, place, before));
    }

    void pass(List<EndedRun> page) {
        place = page.getLast();
    }

    private static List<EndedRun> page(Handle handle, EndedRun after, long before) {
        return handle.createQuery("SELECT p.*, CASE WHEN " + PrunedRows.HELD
                        + " THEN 1 ELSE 0 END AS held FROM ("
                        + part("job_serial", "1", "job_run")
                        + " UNION ALL "
                        + part("serial", "0", "job")
                        + " ORDER BY ended_at, serial, run LIMIT :limit) AS p"
                        + " ORDER BY ended_at, serial, run")
                .bind("before", before)
                .bind("at", after.endedAt())
                .bind("serial", after.serial())
                .bind("run", after.run())
                .bind("limit", PAGE)
                .map((row, context) -> new EndedRun(
                        row.getLong("ended_at"),
                        row.getLong("serial"),
                        row.getInt("run"),
                        row.getInt("archived") != 0,
                        row.getInt("held") != 0))
                .list();
    }

    /** Only what has ended has a time of its end; to ask for states too makes a worse plan. */
    private static String part(String serial, String archived, String table) {
        String order = "ended_at, " + serial + ", run";
        return "SELECT * FROM (SELECT " + serial + " AS serial, run, ended_at, " + archived
                + " AS archived FROM " + table
                + " WHERE ended_at IS NOT NULL AND ended_at < :before AND (" + order
                + ") > (:at, :serial, :run)"
                + " ORDER BY " + order + " LIMIT :limit) AS " + table + "_part";
    }
}
