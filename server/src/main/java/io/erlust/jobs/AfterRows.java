package io.erlust.jobs;

import io.erlust.jobs.spec.JobId;

import org.jdbi.v3.core.Handle;

import java.util.List;
import java.util.Optional;

/**
 * Which jobs wait for the ends of which, as rows; and which of these ends are still to be told
 * them.
 */
final class AfterRows {
    /** A job that has ended. */
    record Ended(long serial, JobId id, int run, JobState state) {}

    private AfterRows() {}

    static void insert(Handle tx, Job waiting, Job awaited) {
        tx.execute(
                "INSERT INTO job_after (awaited_serial, job_serial, run) VALUES (?, ?, ?)",
                awaited.serial(),
                waiting.serial(),
                awaited.run());
    }

    /** The jobs that one still waits for, as it named them. */
    static List<JobId> awaited(Handle handle, long serial) {
        return handle.createQuery("SELECT id FROM job JOIN job_after ON awaited_serial = serial"
                        + " WHERE job_serial = ? ORDER BY serial")
                .bind(0, serial)
                .map((row, context) -> new JobId(row.getString("id")))
                .list();
    }

    static boolean isAwaiting(Handle tx, long serial) {
        return tx.createQuery("SELECT count(*) FROM (SELECT 1 FROM job_after WHERE job_serial = ?"
                                + " LIMIT 1) AS one")
                        .bind(0, serial)
                        .mapTo(Integer.class)
                        .one()
                > 0;
    }

    /** It waits no longer, for anything. */
    static void remove(Handle tx, long serial) {
        tx.execute("DELETE FROM job_after WHERE job_serial = ?", serial);
    }

    static void remove(Handle tx, long awaitedSerial, long serial) {
        tx.execute(
                "DELETE FROM job_after WHERE awaited_serial = ? AND job_serial = ?",
                awaitedSerial,
                serial);
    }

    /** Notes an end, if anybody waits for it. */
    static void ended(Handle tx, Job job) {
        tx.execute(
                "INSERT INTO job_ended (job_serial, run, state)"
                        + " SELECT ?, ?, ? WHERE EXISTS"
                        + " (SELECT 1 FROM job_after WHERE awaited_serial = ?)"
                        + " ON CONFLICT DO NOTHING",
                job.serial(),
                job.run(),
                job.state().wire(),
                job.serial());
    }

    /** One end that was noted. */
    static Optional<Ended> nextEnded(Handle tx) {
        return tx.createQuery("SELECT e.job_serial, id, e.run, e.state FROM job_ended e"
                        + " JOIN job ON serial = e.job_serial ORDER BY e.job_serial, e.run LIMIT 1")
                .map((row, context) -> new Ended(
                        row.getLong("job_serial"),
                        new JobId(row.getString("id")),
                        row.getInt("run"),
                        JobState.ofWire(row.getString("state"))))
                .findOne();
    }

    /** All who waited for it know. */
    static void told(Handle tx, Ended ended) {
        tx.execute(
                "DELETE FROM job_ended WHERE job_serial = ? AND run = ?",
                ended.serial(),
                ended.run());
    }

    /** Some of the jobs that wait for an end, oldest first. */
    static List<Long> waiting(Handle tx, Ended ended, int limit) {
        return tx.createQuery("SELECT job_serial FROM job_after WHERE awaited_serial = ?"
                        + " AND run <= ? ORDER BY job_serial LIMIT ?")
                .bind(0, ended.serial())
                .bind(1, ended.run())
                .bind(2, limit)
                .mapTo(Long.class)
                .list();
    }
}
