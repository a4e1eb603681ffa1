package io.erlust.jobs;

import io.erlust.json.Json;

import org.jdbi.v3.core.Handle;

import tools.jackson.databind.JsonNode;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

/**
 * How a run ended.
 *
 * @param retried it failed and another attempt follows
 * @param nodes what the store has of its nodes, in JSON
 */
public record RunEnding(
        String state,
        boolean retried,
        Optional<String> reason,
        Optional<Instant> startedAt,
        Optional<Instant> endedAt,
        JsonNode nodes) {
    public String type() {
        return type(JobState.ofWire(state), retried);
    }

    public static String type(JobState state, boolean retried) {
        return retried ? RunData.RETRYING : "job." + state.wire();
    }

    /** Empty while the run goes on, and when its record is gone. An earlier run's is apart. */
    public static Optional<RunEnding> find(Handle handle, long serial, int run) {
        String columns = "SELECT state, reason, started_at, ended_at, nodes, ";
        return handle.createQuery(columns
                        + "0 AS retried FROM job WHERE serial = :serial AND run = :run"
                        + " AND state IN ('completed', 'failed', 'cancelled')"
                        + " UNION ALL "
                        + columns
                        + "retried FROM job_run WHERE job_serial = :serial AND run = :run")
                .bind("serial", serial)
                .bind("run", run)
                .map((row, context) -> read(row))
                .findOne();
    }

    private static RunEnding read(ResultSet row) throws SQLException {
        return new RunEnding(
                row.getString("state"),
                row.getInt("retried") != 0,
                Optional.ofNullable(row.getString("reason")),
                JobRows.time(row, "started_at"),
                JobRows.time(row, "ended_at"),
                Json.parse(row.getString("nodes")));
    }
}
