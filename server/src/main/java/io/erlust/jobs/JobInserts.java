package io.erlust.jobs;

import io.erlust.jobs.spec.JobId;
import io.erlust.jobs.spec.JobSpec;

import org.jdbi.v3.core.Handle;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Stores new jobs in one transaction, with statements that are prepared once for all of them. Plain
 * JDBC: with JDBI the writer thread spent more time on binding than on storing.
 */
final class JobInserts implements AutoCloseable {
    private final PreparedStatement known;
    private final PreparedStatement job;
    private final PreparedStatement source;
    private final PreparedStatement label;

    JobInserts(Handle tx) throws SQLException {
        Connection connection = tx.getConnection();
        known = connection.prepareStatement("SELECT fingerprint FROM job WHERE id = ?");
        job = connection.prepareStatement("INSERT INTO job (id, fingerprint, spec, state, run,"
                + " priority, created_at, due_at, steady, fired_at, expires_at, waits_until,"
                + " produces) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING serial");
        source = connection.prepareStatement(
                "INSERT INTO job_source (job_serial, source, args) VALUES (?, ?, ?)");
        label = connection.prepareStatement(
                "INSERT INTO job_label (job_serial, label) VALUES (?, ?)");
    }

    /** The fingerprint of the job with this id, if there is one. */
    Optional<String> known(JobId id) throws SQLException {
        known.setString(1, id.value());
        try (ResultSet row = known.executeQuery()) {
            return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
        }
    }

    /**
     * Stores a new job.
     *
     * @param created the job with any serial; the store gives it another
     */
    Job insert(Job created, String text, String fingerprint) throws SQLException {
        JobSpec spec = created.spec();
        Times times = created.times();
        job.setString(1, spec.id().value());
        job.setString(2, fingerprint);
        job.setString(3, text);
        job.setString(4, created.state().wire());
        job.setInt(5, created.run());
        job.setInt(6, spec.life().priority());
        job.setLong(7, times.createdAt().toEpochMilli());
        setTime(8, times.due().map(Times.Due::at));
        job.setInt(9, JobRows.isSteady(times));
        setTime(10, times.firedAt());
        setTime(11, times.expiresAt());
        setTime(12, times.expiresAt()); // it has not started
        job.setInt(13, spec.produces().isEmpty() ? 0 : 1);
        long serial;
        try (ResultSet row = job.executeQuery()) {
            row.next();
            serial = row.getLong(1);
        }
        source.setLong(1, serial);
        source.setBytes(2, spec.source().getBytes(StandardCharsets.UTF_8));
        source.setBytes(3, spec.args().getBytes(StandardCharsets.UTF_8));
        source.executeUpdate();
        for (Map.Entry<String, String> each : spec.labels().entrySet()) {
            insertLabel(serial, each.getKey() + "=" + each.getValue());
            insertLabel(serial, each.getKey());
        }
        return created.stored(serial);
    }

    private void setTime(int column, Optional<Instant> at) throws SQLException {
        if (at.isPresent()) {
            job.setLong(column, at.get().toEpochMilli());
        } else {
            job.setNull(column, Types.BIGINT);
        }
    }

    private void insertLabel(long serial, String text) throws SQLException {
        label.setLong(1, serial);
        label.setString(2, text);
        label.executeUpdate();
    }

    @Override
    public void close() throws SQLException {
        known.close();
        job.close();
        source.close();
        label.close();
    }
}
