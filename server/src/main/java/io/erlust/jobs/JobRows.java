package io.erlust.jobs;

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
import java.util.stream.Collectors;

/** Jobs as rows: the SQL, and nothing else. */
final class JobRows {
    private static final String COLUMNS =
            "SELECT serial, spec, state, run, reason, created_at, started_at, ended_at, cancelling,"
                    + " signal, nodes";
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

    static Optional<String> fingerprint(Handle handle, JobId id) {
        return handle.createQuery("SELECT fingerprint FROM job WHERE id = ?")
                .bind(0, id.value())
                .mapTo(String.class)
                .findOne();
    }

    static Map<JobId, JobState> states(Handle handle, Collection<JobId> ids) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        return handle.createQuery("SELECT id, state FROM job WHERE id IN (<ids>)")
                .bindList("ids", ids.stream().map(JobId::value).toList())
                .map((row, context) -> Map.entry(
                        new JobId(row.getString("id")), JobState.ofWire(row.getString("state"))))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    static List<Job> list(Handle handle, JobQuery query) {
        StringBuilder sql = new StringBuilder(COLUMNS).append(" FROM job");
        if (query.label().isPresent()) {
            sql.append(" JOIN job_label ON job_serial = serial AND label = :label");
        }
        sql.append(" WHERE serial < :before");
        if (query.state().isPresent()) {
            sql.append(" AND state = :state");
        }
        sql.append(" ORDER BY serial DESC LIMIT :limit");
        Query statement = handle.createQuery(sql.toString());
        query.label().ifPresent(label -> statement.bind("label", label));
        query.state().ifPresent(state -> statement.bind("state", state.wire()));
        return statement
                .bind("before", query.before().orElse(Long.MAX_VALUE))
                .bind("limit", query.limit())
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

    static Job insert(
            Handle tx, JobSpec spec, String text, String fingerprint, JobState state, Instant now) {
        long serial = tx.createQuery(
                        "INSERT INTO job (id, fingerprint, spec, state, run, created_at)"
                                + " VALUES (?, ?, ?, ?, 1, ?) RETURNING serial")
                .bind(0, spec.id().value())
                .bind(1, fingerprint)
                .bind(2, text)
                .bind(3, state.wire())
                .bind(4, now.toEpochMilli())
                .mapTo(Long.class)
                .one();
        tx.execute(
                "INSERT INTO job_source (job_serial, source, args) VALUES (?, ?, ?)",
                serial,
                spec.source().getBytes(StandardCharsets.UTF_8),
                spec.args().getBytes(StandardCharsets.UTF_8));
        spec.labels()
                .forEach((name, value) -> tx.execute(
                        "INSERT INTO job_label (job_serial, label) VALUES (?, ?)",
                        serial,
                        name + "=" + value));
        return new Job(
                serial,
                spec,
                state,
                1,
                Optional.empty(),
                Instant.ofEpochMilli(now.toEpochMilli()),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                List.of());
    }

    static void update(Handle tx, Job job) {
        try (Update update = tx.createUpdate(
                "UPDATE job SET state = ?, run = ?, reason = ?, started_at = ?, ended_at = ?,"
                        + " cancelling = ?, signal = ?, nodes = ? WHERE serial = ?")) {
            update.bind(0, job.state().wire())
                    .bind(1, job.run())
                    .bind(2, job.reason().orElse(null))
                    .bind(3, millis(job.startedAt()))
                    .bind(4, millis(job.endedAt()))
                    .bind(5, job.cancelling() ? 1 : 0)
                    .bind(6, job.signal().orElse(null))
                    .bind(7, NodeJson.text(job.nodes()))
                    .bind(8, job.serial())
                    .execute();
        }
    }

    /** Keeps the record of a run that is to be followed by another. */
    static void archive(Handle tx, Job job) {
        try (Update insert = tx.createUpdate(
                "INSERT INTO job_run (job_serial, run, state, reason, started_at, ended_at,"
                        + " nodes) VALUES (?, ?, ?, ?, ?, ?, ?)")) {
            insert.bind(0, job.serial())
                    .bind(1, job.run())
                    .bind(2, job.state().wire())
                    .bind(3, job.reason().orElse(null))
                    .bind(4, millis(job.startedAt()))
                    .bind(5, millis(job.endedAt()))
                    .bind(6, NodeJson.text(job.nodes()))
                    .execute();
        }
    }

    private static Job whole(ResultSet row) throws SQLException {
        return job(
                row,
                JobSpecJson.read(row.getString("spec"))
                        .withProgram(utf8(row.getBytes("source")), utf8(row.getBytes("args"))));
    }

    private static Job light(ResultSet row) throws SQLException {
        return job(row, JobSpecJson.read(row.getString("spec")));
    }

    private static Job job(ResultSet row, JobSpec spec) throws SQLException {
        return new Job(
                row.getLong("serial"),
                spec,
                JobState.ofWire(row.getString("state")),
                row.getInt("run"),
                Optional.ofNullable(row.getString("reason")),
                Instant.ofEpochMilli(row.getLong("created_at")),
                time(row, "started_at"),
                time(row, "ended_at"),
                row.getInt("cancelling") != 0,
                Optional.ofNullable(row.getString("signal")),
                NodeJson.read(row.getString("nodes")));
    }

    private static Optional<Instant> time(ResultSet row, String column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }

    private static @Nullable Long millis(Optional<Instant> at) {
        return at.map(Instant::toEpochMilli).orElse(null);
    }

    private static String utf8(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
