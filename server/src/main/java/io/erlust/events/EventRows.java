package io.erlust.events;

import io.erlust.jobs.RunData;
import io.erlust.jobs.spec.JobId;

import org.jdbi.v3.core.Handle;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The outbox as rows: the SQL, and nothing else. */
final class EventRows {
    /**
     * What is to be told of a run. Of results it stands for as many events as they need.
     *
     * @param serial orders all rows
     * @param name of the job; empty when the job is being pruned
     * @param first the first result that is still to be told; 0 if it is none of results
     */
    record Row(
            long serial,
            String id,
            long job,
            Optional<JobId> name,
            int run,
            String type,
            long first,
            long last,
            Instant at) {
        boolean isOfResults() {
            return type.equals(RunData.RESULTS);
        }
    }

    /**
     * How far the outbox is told.
     *
     * @param serial up to this row
     * @param nextResult of that row the next result to be told; 0 when it is told whole
     */
    record Told(long serial, long nextResult) {}

    private EventRows() {}

    /** Answers the row's serial. */
    static long insert(
            Handle tx,
            String id,
            long job,
            int run,
            String type,
            long first,
            long last,
            Instant at) {
        return tx.createQuery("INSERT INTO event (id, job_serial, run, type, first_seq, last_seq,"
                        + " at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING serial")
                .bind(0, id)
                .bind(1, job)
                .bind(2, run)
                .bind(3, type)
                .bind(4, first)
                .bind(5, last)
                .bind(6, at.toEpochMilli())
                .mapTo(Long.class)
                .one();
    }

    /** False: there is no such row that ends right before these results. */
    static boolean extend(Handle tx, long serial, long job, int run, long first, long last) {
        return tx.execute(
                        "UPDATE event SET last_seq = ? WHERE serial = ? AND job_serial = ?"
                                + " AND run = ? AND last_seq = ?",
                        last,
                        serial,
                        job,
                        run,
                        first - 1)
                == 1;
    }

    /** The oldest. */
    static List<Row> next(Handle handle, int limit) {
        return handle.createQuery("SELECT e.serial, e.id, e.job_serial, e.run, e.type, e.first_seq,"
                        + " e.last_seq, e.at, j.id AS name, j.state FROM event e"
                        + " JOIN job j ON j.serial = e.job_serial ORDER BY e.serial LIMIT ?")
                .bind(0, limit)
                .map((row, context) -> row(row))
                .list();
    }

    private static Row row(ResultSet row) throws SQLException {
        return new Row(
                row.getLong("serial"),
                row.getString("id"),
                row.getLong("job_serial"),
                row.getString("state").equals("pruned")
                        ? Optional.empty()
                        : Optional.of(new JobId(row.getString("name"))),
                row.getInt("run"),
                row.getString("type"),
                row.getLong("first_seq"),
                row.getLong("last_seq"),
                Instant.ofEpochMilli(row.getLong("at")));
    }

    static void told(Handle tx, Told told) {
        boolean isWhole = told.nextResult() == 0;
        tx.execute("DELETE FROM event WHERE serial < ?", told.serial() + (isWhole ? 1 : 0));
        if (!isWhole) {
            tx.execute(
                    "UPDATE event SET first_seq = ? WHERE serial = ?",
                    told.nextResult(),
                    told.serial());
        }
    }

    /** Deletes all but the newest rows, as many as {@code max} serials are; answers how many. */
    static int trim(Handle tx, long max) {
        return tx.execute(
                "DELETE FROM event WHERE serial <= (SELECT max(serial) FROM event) - ?", max);
    }

    static long pending(Handle handle) {
        return handle.createQuery("SELECT count(*) FROM event")
                .mapTo(Long.class)
                .one();
    }
}
