package io.erlust.callbacks;

import io.erlust.jobs.spec.JobId;

import org.jdbi.v3.core.Handle;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Callbacks as rows: the SQL of the delivery. Of a job's pending callbacks exactly the first has a
 * {@code due_at}: that is the order, and it keeps all others out of the index that is searched.
 */
final class CallbackRows {
    private static final int ERROR_CHARS_MAX = 500;

    /** The first pending callback of a job. */
    record Due(long serial, long seq, String host) {}

    /** A host and when its earliest callback is due. */
    record DueHost(String host, Instant at) {}

    /** What an attempt needs. */
    record Letter(JobId job, String webhookId, byte[] body, int tries, Instant expires) {}

    private CallbackRows() {}

    static void insert(Handle tx, CursorRows.Run run, CursorRows.NewCallback callback) {
        long serial = run.serial();
        long seq = tx.createQuery(
                        "SELECT coalesce(max(seq), 0) + 1 FROM callback WHERE job_serial = ?")
                .bind(0, serial)
                .mapTo(Long.class)
                .one();
        tx.execute(
                "INSERT INTO callback (job_serial, seq, run, webhook_id, type, host, state,"
                        + " created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, 'pending', ?, ?)",
                serial,
                seq,
                run.run(),
                WebhookId.make(callback.at()),
                callback.type(),
                run.host(),
                callback.at().toEpochMilli(),
                callback.at().plus(RetrySchedule.TOTAL).toEpochMilli());
        tx.execute(
                "INSERT INTO callback_body (job_serial, seq, body) VALUES (?, ?, ?)",
                serial,
                seq,
                callback.body());
        arm(tx, serial, callback.at());
    }

    /** Makes the first pending callback of a job, and no other, the one that is due. */
    private static void arm(Handle tx, long serial, Instant now) {
        String first =
                "(SELECT min(seq) FROM callback WHERE job_serial = :serial AND state = 'pending')";
        String disarm = "UPDATE callback SET due_at = NULL WHERE job_serial = :serial"
                + " AND state = 'pending' AND due_at IS NOT NULL AND seq <> "
                + first;
        String arm = "UPDATE callback SET due_at = :now WHERE job_serial = :serial"
                + " AND state = 'pending' AND due_at IS NULL AND seq = "
                + first;
        for (String sql : List.of(disarm, arm)) {
            try (var update = tx.createUpdate(sql)) {
                if (sql.equals(arm)) {
                    update.bind("now", now.toEpochMilli());
                }
                update.bind("serial", serial).execute();
            }
        }
    }

    /**
     * Every host with something pending, one row each however long its backlog: none can hide
     * another.
     */
    static List<DueHost> dueHosts(Handle handle) {
        return handle.createQuery("WITH RECURSIVE hosts (host) AS ("
                        + "SELECT min(host) FROM callback WHERE due_at IS NOT NULL"
                        + " UNION ALL SELECT (SELECT min(c.host) FROM callback c"
                        + " WHERE c.due_at IS NOT NULL AND c.host > hosts.host)"
                        + " FROM hosts WHERE hosts.host IS NOT NULL)"
                        + " SELECT host, (SELECT min(c.due_at) FROM callback c"
                        + " WHERE c.host = hosts.host AND c.due_at IS NOT NULL) AS at"
                        + " FROM hosts WHERE host IS NOT NULL ORDER BY at")
                .map((row, context) ->
                        new DueHost(row.getString("host"), Instant.ofEpochMilli(row.getLong("at"))))
                .list();
    }

    static List<Due> due(Handle handle, String host, Instant now, int limit) {
        return handle.createQuery(
                        "SELECT job_serial, seq, host FROM callback WHERE host = ? AND due_at <= ?"
                                + " ORDER BY due_at LIMIT ?")
                .bind(0, host)
                .bind(1, now.toEpochMilli())
                .bind(2, limit)
                .map((row, context) -> due(row))
                .list();
    }

    /** The callback of a job that is due now. */
    static Optional<Due> due(Handle handle, long serial, Instant now) {
        return handle.createQuery("SELECT job_serial, seq, host FROM callback WHERE job_serial = ?"
                        + " AND state = 'pending' AND due_at <= ? ORDER BY seq LIMIT 1")
                .bind(0, serial)
                .bind(1, now.toEpochMilli())
                .map((row, context) -> due(row))
                .findOne();
    }

    private static Due due(ResultSet row) throws SQLException {
        return new Due(row.getLong("job_serial"), row.getLong("seq"), row.getString("host"));
    }

    static Optional<Letter> letter(Handle handle, Due due) {
        return handle.createQuery(
                        "SELECT j.id, c.webhook_id, b.body, c.tries, c.expires_at FROM callback c"
                                + " JOIN callback_body b ON b.job_serial = c.job_serial"
                                + " AND b.seq = c.seq"
                                + " JOIN job j ON j.serial = c.job_serial"
                                + " WHERE c.job_serial = ? AND c.seq = ? AND c.state = 'pending'"
                                + " AND c.due_at IS NOT NULL")
                .bind(0, due.serial())
                .bind(1, due.seq())
                .map((row, context) -> new Letter(
                        new JobId(row.getString("id")),
                        row.getString("webhook_id"),
                        row.getBytes("body"),
                        row.getInt("tries"),
                        Instant.ofEpochMilli(row.getLong("expires_at"))))
                .findOne();
    }

    /** Counts a job's pending callbacks, up to a limit. */
    static int pending(Handle handle, long serial, int limit) {
        return handle.createQuery(
                        "SELECT count(*) FROM (SELECT 1 FROM callback WHERE job_serial = ?"
                                + " AND state = 'pending' LIMIT ?) AS few")
                .bind(0, serial)
                .bind(1, limit)
                .mapTo(Integer.class)
                .one();
    }

    static long pending(Handle handle) {
        return handle.createQuery("SELECT count(*) FROM callback WHERE state = 'pending'")
                .mapTo(Long.class)
                .one();
    }

    static void delivered(Handle tx, Due due, int status, Instant now) {
        tx.execute(
                "UPDATE callback SET state = 'delivered', attempts = attempts + 1,"
                        + " tries = tries + 1, due_at = NULL, ended_at = ?, last_status = ?,"
                        + " last_error = NULL"
                        + " WHERE job_serial = ? AND seq = ?",
                now.toEpochMilli(),
                status,
                due.serial(),
                due.seq());
        arm(tx, due.serial(), now);
    }

    /** @param next when it is tried again; empty: it is given up */
    static void failed(
            Handle tx,
            Due due,
            OptionalInt status,
            String error,
            Optional<Instant> next,
            Instant now) {
        tx.execute(
                "UPDATE callback SET state = ?, attempts = attempts + 1, tries = tries + 1,"
                        + " due_at = ?, ended_at = ?, last_status = ?, last_error = ?"
                        + " WHERE job_serial = ? AND seq = ?",
                next.isPresent() ? "pending" : "undelivered",
                next.map(Instant::toEpochMilli).orElse(null),
                next.isPresent() ? null : now.toEpochMilli(),
                status.isPresent() ? status.getAsInt() : null,
                cut(error),
                due.serial(),
                due.seq());
        arm(tx, due.serial(), now);
    }

    /**
     * 410: this one has failed, and the job's other ones are not sent at all. Answers how many that
     * were.
     */
    static int gone(Handle tx, Due due, Instant now) {
        String answer = "answered with 410 (Gone): no more callbacks of the job";
        failed(tx, due, OptionalInt.of(410), answer, Optional.empty(), now);
        CursorRows.gone(tx, due.serial());
        return 1
                + tx.execute(
                        "UPDATE callback SET state = 'undelivered', due_at = NULL, ended_at = ?,"
                                + " last_error = ? WHERE job_serial = ? AND state = 'pending'",
                        now.toEpochMilli(),
                        "not sent: an earlier callback of the job was answered with 410 (Gone)",
                        due.serial());
    }

    /**
     * By hand: pending again, at once, with a schedule as if new. False: there is no such callback.
     */
    static boolean again(Handle tx, long serial, long seq, Instant now) {
        int found = tx.execute(
                "UPDATE callback SET state = 'pending', tries = 0, expires_at = ?,"
                        + " ended_at = NULL WHERE job_serial = ? AND seq = ?",
                now.plus(RetrySchedule.TOTAL).toEpochMilli(),
                serial,
                seq);
        if (found == 0) {
            return false;
        }
        // whichever is the first one now goes at once, so that this one has its turn
        tx.execute(
                "UPDATE callback SET due_at = NULL WHERE job_serial = ? AND due_at IS NOT NULL",
                serial);
        arm(tx, serial, now);
        return true;
    }

    /** A server that was down for days gives what ran out meanwhile another hour. */
    static void extend(Handle tx, Instant until) {
        tx.execute(
                "UPDATE callback SET expires_at = ? WHERE state = 'pending' AND expires_at < ?",
                until.toEpochMilli(),
                until.toEpochMilli());
    }

    static Optional<Long> serial(Handle handle, JobId job) {
        return handle.createQuery("SELECT serial FROM job WHERE id = ?")
                .bind(0, job.value())
                .mapTo(Long.class)
                .findOne();
    }

    static String host(Handle handle, long serial, long seq) {
        return handle.createQuery("SELECT host FROM callback WHERE job_serial = ? AND seq = ?")
                .bind(0, serial)
                .bind(1, seq)
                .mapTo(String.class)
                .one();
    }

    static List<Callback> list(Handle handle, JobId job, long after, int limit) {
        return handle.createQuery("SELECT c.* FROM callback c JOIN job j ON j.serial = c.job_serial"
                        + " WHERE j.id = ? AND c.seq > ? ORDER BY c.seq LIMIT ?")
                .bind(0, job.value())
                .bind(1, after)
                .bind(2, limit)
                .map((row, context) -> callback(row))
                .list();
    }

    private static Callback callback(ResultSet row) throws SQLException {
        int status = row.getInt("last_status");
        OptionalInt lastStatus = row.wasNull() ? OptionalInt.empty() : OptionalInt.of(status);
        return new Callback(
                row.getLong("seq"),
                row.getInt("run"),
                row.getString("type"),
                row.getString("webhook_id"),
                Callback.State.ofWire(row.getString("state")),
                row.getInt("attempts"),
                Instant.ofEpochMilli(row.getLong("created_at")),
                time(row, "due_at"),
                lastStatus,
                Optional.ofNullable(row.getString("last_error")),
                time(row, "ended_at"));
    }

    static Optional<Instant> time(ResultSet row, String column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }

    private static String cut(String error) {
        String text = error.replace('\0', ' ');
        return text.length() <= ERROR_CHARS_MAX
                ? text
                : text.substring(0, ERROR_CHARS_MAX - 1) + "…";
    }
}
