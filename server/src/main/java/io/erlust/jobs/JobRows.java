package io.erlust.jobs;

import io.erlust.jobs.spec.JobId;
import io.erlust.jobs.spec.JobSpec;
import io.erlust.jobs.spec.JobSpecJson;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Jobs as rows: the SQL, and nothing else. */
final class JobRows {
    static final String COLUMNS =
            "SELECT serial, spec, state, run, attempt, reason, created_at, due_at, steady,"
                    + " fired_at, replace_at, started_at, ended_at, expires_at, paused,"
                    + " cancelling, signal, nodes";
    private static final String WHOLE =
            COLUMNS + ", source, args FROM job JOIN job_source ON job_serial = serial";

    private JobRows() {}

    static Optional<Job> find(Handle handle, JobId id) {
        return handle.createQuery(WHOLE + " WHERE id = ?")
                .bind(0, id.value())
                .map((row, context) -> whole(row))
                .findOne();
    }

    /** With an empty source and no args. */
    static Job light(Handle handle, long serial) {
        return handle.createQuery(COLUMNS + " FROM job WHERE serial = ?")
                .bind(0, serial)
                .map((row, context) -> light(row))
                .one();
    }

    /** Those of the jobs that exist; with an empty source and no args. */
    static Map<JobId, Job> named(Handle handle, Collection<JobId> ids) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        return handle.createQuery(COLUMNS + " FROM job WHERE id IN (<ids>)")
                .bindList("ids", ids.stream().map(JobId::value).toList())
                .map((row, context) -> light(row))
                .collect(Collectors.toMap(Job::id, Function.identity()));
    }

    /** Of a job with several labels, each has to fit. */
    static List<Job> list(Handle handle, JobQuery query) {
        StringBuilder sql = new StringBuilder(COLUMNS).append(" FROM job");
        for (int i = 0; i < query.labels().size(); i++) {
            String table = "l" + i;
            sql.append(" JOIN job_label " + table + " ON " + table + ".job_serial = serial AND "
                    + table + ".label = :label" + i);
        }
        // with labels the first one's index gives the order, without the job's
        String serial = query.labels().isEmpty() ? "serial" : "l0.job_serial";
        sql.append(" WHERE " + serial + " < :before AND state <> 'pruned'");
        if (query.state().isPresent()) {
            sql.append(" AND state = :state");
        }
        sql.append(" ORDER BY " + serial + " DESC LIMIT :limit");
        try (Query rows = handle.createQuery(sql.toString())) {
            for (int i = 0; i < query.labels().size(); i++) {
                rows.bind("label" + i, query.labels().get(i));
            }
            query.state().ifPresent(state -> rows.bind("state", state.wire()));
            return rows.bind("before", query.before().orElse(Long.MAX_VALUE))
                    .bind("limit", query.limit())
                    .map((row, context) -> light(row))
                    .list();
        }
    }

    /** Those that are to start first. */
    static List<Job> line(Handle handle, int limit) {
        return handle.createQuery(COLUMNS
                        + " FROM job WHERE state = 'available'"
                        + " ORDER BY priority DESC, due_at, serial LIMIT ?")
                .bind(0, limit)
                .map((row, context) -> light(row))
                .list();
    }

    /** How many are before a job in the line, counted up to a limit. */
    static int ahead(Handle handle, Job job, int limit) {
        String higher = "SELECT 1 FROM job WHERE state = 'available'"
                + " AND priority > :priority LIMIT :limit";
        String earlier = "SELECT 1 FROM job WHERE state = 'available' AND priority = :priority"
                + " AND (due_at, serial) < (:due, :serial) LIMIT :limit";
        // in two parts, each a range of the index: SQLite would read the whole line for an OR
        return handle.createQuery("SELECT count(*) FROM (SELECT * FROM (" + higher
                        + ") AS higher UNION ALL SELECT * FROM (" + earlier
                        + ") AS earlier LIMIT :limit) AS ahead")
                .bind("priority", job.priority())
                .bind(
                        "due",
                        job.times().due().map(due -> due.at().toEpochMilli()).orElse(0L))
                .bind("serial", job.serial())
                .bind("limit", limit)
                .mapTo(Integer.class)
                .one();
    }

    static boolean isUnderWay(Handle handle, long serial, int run) {
        return handle.createQuery("SELECT 1 FROM job WHERE serial = ? AND run = ?"
                        + " AND state IN ('scheduled', 'available', 'running')")
                .bind(0, serial)
                .bind(1, run)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    /** Those that have not ended and declare queues that they produce, oldest first. */
    static List<Job> producing(Handle handle, long afterSerial, int limit) {
        return handle.createQuery(COLUMNS + " FROM job WHERE produces = 1"
                        + " AND state IN ('scheduled', 'available', 'running')"
                        + " AND serial > ? ORDER BY serial LIMIT ?")
                .bind(0, afterSerial)
                .bind(1, limit)
                .map((row, context) -> light(row))
                .list();
    }

    static List<Job> inState(Handle handle, JobState state, long afterSerial, int limit) {
        return handle.createQuery(COLUMNS
                        + " FROM job WHERE state = ? AND serial > ?"
                        + " ORDER BY serial LIMIT ?")
                .bind(0, state.wire())
                .bind(1, afterSerial)
                .bind(2, limit)
                .map((row, context) -> light(row))
                .list();
    }

    static void update(Handle tx, Job job) {
        Times times = job.times();
        try (Update update = tx.createUpdate(
                "UPDATE job SET state = ?, run = ?, attempt = ?, reason = ?, due_at = ?,"
                        + " steady = ?, fired_at = ?, replace_at = ?, started_at = ?,"
                        + " ended_at = ?, expires_at = ?, waits_until = ?, paused = ?,"
                        + " cancelling = ?, signal = ?, nodes = ? WHERE serial = ?")) {
            update.bind(0, job.state().wire())
                    .bind(1, job.run())
                    .bind(2, job.attempt())
                    .bind(3, job.reason().orElse(null))
                    .bind(4, millis(times.due().map(Times.Due::at)))
                    .bind(5, isSteady(times))
                    .bind(6, millis(times.firedAt()))
                    .bind(7, millis(times.replaceAt()))
                    .bind(8, millis(times.startedAt()))
                    .bind(9, millis(times.endedAt()))
                    .bind(10, millis(times.expiresAt()))
                    .bind(11, millis(hasStarted(job) ? Optional.empty() : times.expiresAt()))
                    .bind(12, job.paused() ? 1 : 0)
                    .bind(13, job.cancel().map(Cancel::code).orElse(0))
                    .bind(14, job.signal().orElse(null))
                    .bind(15, NodeJson.text(job.nodes()))
                    .bind(16, job.serial())
                    .execute();
        }
    }

    /** A run that is to go on after its server died does not expire. */
    private static boolean hasStarted(Job job) {
        return job.startedAt().isPresent() || job.state().isFinal();
    }

    static int isSteady(Times times) {
        return times.due().isPresent() && times.due().get().isSteady() ? 1 : 0;
    }

    private static Job whole(ResultSet row) throws SQLException {
        return job(
                row,
                JobSpecJson.read(row.getString("spec"))
                        .withProgram(utf8(row.getBytes("source")), utf8(row.getBytes("args"))));
    }

    static Job light(ResultSet row) throws SQLException {
        return job(row, JobSpecJson.read(row.getString("spec")).light());
    }

    private static Job job(ResultSet row, JobSpec spec) throws SQLException {
        return new Job(
                row.getLong("serial"),
                spec,
                JobState.ofWire(row.getString("state")),
                row.getInt("run"),
                row.getInt("attempt"),
                Optional.ofNullable(row.getString("reason")),
                times(row),
                row.getInt("paused") != 0,
                Cancel.ofCode(row.getInt("cancelling")),
                Optional.ofNullable(row.getString("signal")),
                NodeJson.read(row.getString("nodes")));
    }

    private static Times times(ResultSet row) throws SQLException {
        boolean isSteady = row.getInt("steady") != 0;
        return new Times(
                Instant.ofEpochMilli(row.getLong("created_at")),
                time(row, "due_at").map(at -> new Times.Due(at, isSteady)),
                time(row, "fired_at"),
                time(row, "replace_at"),
                time(row, "started_at"),
                time(row, "ended_at"),
                time(row, "expires_at"));
    }

    static Optional<Instant> time(ResultSet row, String column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }

    static @Nullable Long millis(Optional<Instant> at) {
        return at.map(Instant::toEpochMilli).orElse(null);
    }

    private static String utf8(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
