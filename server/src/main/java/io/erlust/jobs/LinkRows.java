package io.erlust.jobs;

import io.erlust.jobs.spec.JobId;

import org.jdbi.v3.core.Handle;

import java.util.List;

/** Links that hold as rows, the smaller serial first: so two jobs are linked at most once. */
final class LinkRows {
    /** Of one job, named by it or naming it. */
    static final int LINKS_MAX = 1000;

    private LinkRows() {}

    static long count(Handle tx, JobId id) {
        return tx.createQuery("SELECT count(*) FROM job_link, job WHERE job.id = :id"
                        + " AND (low_serial = job.serial OR high_serial = job.serial)")
                .bind("id", id.value())
                .mapTo(Long.class)
                .one();
    }

    /** Links a job with those of the named ones that have not ended. */
    static void insert(Handle tx, Job job) {
        for (JobId named : job.spec().links()) {
            tx.createUpdate("INSERT INTO job_link (low_serial, high_serial)"
                            + " SELECT CASE WHEN serial < :me THEN serial ELSE :me END,"
                            + " CASE WHEN serial < :me THEN :me ELSE serial END"
                            + " FROM job WHERE id = :named"
                            + " AND state IN ('scheduled', 'available', 'running')"
                            + " ON CONFLICT DO NOTHING")
                    .bind("me", job.serial())
                    .bind("named", named.value())
                    .execute();
        }
    }

    /** Ends the links of a job; returns the jobs at their other ends, oldest first. */
    static List<Long> remove(Handle tx, long serial) {
        List<Long> others = tx.createQuery(
                        "SELECT low_serial + high_serial - :me AS other FROM job_link"
                                + " WHERE low_serial = :me OR high_serial = :me ORDER BY other")
                .bind("me", serial)
                .mapTo(Long.class)
                .list();
        if (!others.isEmpty()) {
            tx.createUpdate("DELETE FROM job_link WHERE low_serial = :me OR high_serial = :me")
                    .bind("me", serial)
                    .execute();
        }
        return others;
    }
}
