package io.erlust.jobs;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** The runs of jobs as rows: the current one is in its job's, the others have their own. */
final class RunRows {
    private static final String COLUMNS =
            " run, attempt, state, reason, started_at, ended_at, nodes";

    private RunRows() {}

    /**
     * Keeps the record of a run that is to be followed by another.
     *
     * @param retried by another attempt
     */
    static void archive(Handle tx, Job job, boolean retried) {
        try (Update insert = tx.createUpdate("INSERT INTO job_run (job_serial,"
                + COLUMNS
                + ", retried) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            insert.bind(0, job.serial())
                    .bind(1, job.run())
                    .bind(2, job.attempt())
                    .bind(3, job.state().wire())
                    .bind(4, job.reason().orElse(null))
                    .bind(5, JobRows.millis(job.startedAt()))
                    .bind(6, JobRows.millis(job.endedAt()))
                    .bind(7, NodeJson.text(job.nodes()))
                    .bind(8, retried ? 1 : 0)
                    .execute();
        }
    }

    /** Newest first, the current one too. */
    static List<JobRun> list(Handle handle, long serial, int before, int limit) {
        return handle.createQuery("SELECT" + COLUMNS + " FROM job WHERE serial = :serial"
                        + " AND state <> 'pruned' AND run < :before UNION ALL SELECT * FROM (SELECT"
                        + COLUMNS
                        + " FROM job_run WHERE job_serial = :serial AND run < :before"
                        + " ORDER BY run DESC LIMIT :limit) AS earlier"
                        + " ORDER BY run DESC LIMIT :limit")
                .bind("serial", serial)
                .bind("before", before)
                .bind("limit", limit)
                .map((row, context) -> run(row))
                .list();
    }

    static boolean keeps(Handle handle, long serial, int run) {
        return handle.createQuery("SELECT 1 FROM job WHERE serial = :serial AND run = :run"
                        + " AND state <> 'pruned' UNION ALL"
                        + " SELECT 1 FROM job_run WHERE job_serial = :serial AND run = :run")
                .bind("serial", serial)
                .bind("run", run)
                .mapTo(Integer.class)
                .findFirst()
                .isPresent();
    }

    private static JobRun run(ResultSet row) throws SQLException {
        return new JobRun(
                row.getInt("run"),
                row.getInt("attempt"),
                JobState.ofWire(row.getString("state")),
                Optional.ofNullable(row.getString("reason")),
                JobRows.time(row, "started_at"),
                JobRows.time(row, "ended_at"),
                NodeJson.read(row.getString("nodes")));
    }
}
