package io.erlust.callbacks;

import io.erlust.jobs.Result;
import io.erlust.jobs.ResultBatch;
import io.erlust.jobs.RunEnding;
import io.erlust.jobs.spec.JobId;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** How far each run has been turned into callbacks, as rows: the SQL of the making. */
final class CursorRows {
    /** A job and run whose callbacks are being made. */
    record Run(long serial, int run, JobId job, String host) {}

    /** What the next callback of a run is to be. */
    sealed interface Next {
        /** Results after {@code cursor}; {@code cut}: there was more than one callback holds. */
        record Batch(long cursor, List<Result> results, boolean cut) implements Next {
            long last() {
                return results.getLast().seq();
            }
        }

        record End(long cursor, RunEnding ending) implements Next {}

        /** The run goes on, and there is nothing new. */
        record Nothing() implements Next {}

        /** As many callbacks are pending as may be made ahead. */
        record Full() implements Next {}

        /** There will be nothing more. */
        record Closed() implements Next {}
    }

    /**
     * A callback about to be made.
     *
     * @param from where the cursor of its run is
     * @param to where it is after this
     * @param end the last one of its run
     */
    record NewCallback(long from, long to, boolean end, String type, byte[] body, Instant at) {}

    private CursorRows() {}

    /** Opens a run's cursor unless it has one. Answers how many were opened. */
    static int open(Handle tx, Run run) {
        return tx.execute(
                "INSERT INTO callback_cursor (job_serial, run, host, seq, state)"
                        + " VALUES (?, ?, ?, 0, 'open') ON CONFLICT DO NOTHING",
                run.serial(),
                run.run(),
                run.host());
    }

    /**
     * Jobs that may have a callback URL and have no cursor, as the server died before it was made.
     */
    static List<JobId> unopened(Handle handle, int newest) {
        String lacks = " state <> 'pruned' AND spec LIKE '%callback_url%'"
                + " AND NOT EXISTS (SELECT 1 FROM callback_cursor c"
                + " WHERE c.job_serial = job.serial AND c.run = job.run)";
        return handle.createQuery("SELECT id FROM job"
                        + " WHERE state IN ('scheduled', 'available', 'running') AND"
                        + lacks
                        // these may even have ended before their cursor was made
                        + " UNION SELECT id FROM job WHERE serial >"
                        + " (SELECT coalesce(max(serial), 0) FROM job) - ? AND"
                        + lacks)
                .bind(0, newest)
                .map((row, context) -> new JobId(row.getString("id")))
                .list();
    }

    /** Open runs that go on, have ended, or have results to be told. */
    static List<Run> behind(Handle handle, Optional<Long> onlySerial) {
        try (Query query =
                handle.createQuery("SELECT c.job_serial, c.run, c.host, j.id FROM callback_cursor c"
                        + " JOIN job j ON j.serial = c.job_serial WHERE c.state = 'open'"
                        + (onlySerial.isPresent() ? " AND c.job_serial = :serial" : "")
                        + " AND (j.state NOT IN ('scheduled', 'available') OR j.run > c.run"
                        + " OR EXISTS (SELECT 1 FROM result r WHERE r.job_serial = c.job_serial"
                        + " AND r.run = c.run AND r.seq > c.seq))"
                        + " ORDER BY c.job_serial, c.run")) {
            onlySerial.ifPresent(serial -> query.bind("serial", serial));
            return query.map((row, context) -> run(row)).list();
        }
    }

    private static Run run(ResultSet row) throws SQLException {
        return new Run(
                row.getLong("job_serial"),
                row.getInt("run"),
                new JobId(row.getString("id")),
                row.getString("host"));
    }

    /**
     * Looks what is to be told next. The state is read before the results: after a final one come
     * none.
     */
    static Next next(Handle handle, Run run, CallbackConfig config) {
        Optional<Long> cursor = openCursor(handle, run);
        if (cursor.isEmpty()) {
            return new Next.Closed();
        }
        if (CallbackRows.pending(handle, run.serial(), config.pendingPerJobMax())
                >= config.pendingPerJobMax()) {
            return new Next.Full();
        }
        Optional<RunEnding> ending = RunEnding.find(handle, run.serial(), run.run());
        ResultBatch batch = ResultBatch.read(
                handle,
                run.serial(),
                run.run(),
                cursor.get(),
                Long.MAX_VALUE,
                config.batchResultsMax(),
                config.batchBytesMax());
        if (!batch.results().isEmpty()) {
            return new Next.Batch(cursor.get(), batch.results(), batch.cut());
        }
        return ending.isPresent() ? new Next.End(cursor.get(), ending.get()) : new Next.Nothing();
    }

    /** Where the cursor is; 0 when its opening failed, empty when it is not open any more. */
    private static Optional<Long> openCursor(Handle handle, Run run) {
        record Cursor(long seq, boolean open) {}
        Cursor cursor = handle.createQuery(
                        "SELECT seq, state FROM callback_cursor WHERE job_serial = ? AND run = ?")
                .bind(0, run.serial())
                .bind(1, run.run())
                .map((row, context) ->
                        new Cursor(row.getLong("seq"), row.getString("state").equals("open")))
                .findOne()
                .orElse(new Cursor(0, true));
        return cursor.open() ? Optional.of(cursor.seq()) : Optional.empty();
    }

    /**
     * Makes a callback and moves the cursor past what it tells, or does neither when the cursor is
     * no longer where it was looked at.
     */
    static boolean advance(Handle tx, Run run, NewCallback callback) {
        open(tx, run);
        int moved = tx.execute(
                "UPDATE callback_cursor SET seq = ?, state = ?"
                        + " WHERE job_serial = ? AND run = ? AND seq = ? AND state = 'open'",
                callback.to(),
                callback.end() ? "ended" : "open",
                run.serial(),
                run.run(),
                callback.from());
        if (moved == 1) {
            CallbackRows.insert(tx, run, callback);
        }
        return moved == 1;
    }

    /** 410: nothing more of this job. */
    static void gone(Handle tx, long serial) {
        tx.execute(
                "UPDATE callback_cursor SET state = 'gone' WHERE job_serial = ? AND state = 'open'",
                serial);
    }

    /** Somebody sends by hand: what 410 had ended goes on. */
    static void reopen(Handle tx, long serial) {
        tx.execute(
                "UPDATE callback_cursor SET state = 'open' WHERE job_serial = ? AND state = 'gone'",
                serial);
    }
}
