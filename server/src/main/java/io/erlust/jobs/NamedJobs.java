package io.erlust.jobs;

import io.erlust.jobs.spec.JobId;
import io.erlust.json.InvalidField;

import org.jdbi.v3.core.Handle;

import java.util.List;
import java.util.Map;

/**
 * What the jobs must be that another one names. They exist before it does, so no circle of jobs
 * that wait for each other can be submitted.
 */
final class NamedJobs {
    private NamedJobs() {}

    /** A recurring job has no end that others could wait for or share. */
    static void require(Handle tx, List<JobId> named, String pointer) {
        Map<JobId, Job> known = JobRows.named(tx, named);
        for (int i = 0; i < named.size(); i++) {
            Job job = known.get(named.get(i));
            if (job == null) {
                throw new InvalidField(
                        pointer + i,
                        "the id of a job that exists (submit that one first)",
                        '"' + named.get(i).value() + '"');
            }
            if (job.spec().life().isRecurring()) {
                throw new InvalidField(
                        pointer + i,
                        "the id of a job that ends: not of a recurring one",
                        '"' + named.get(i).value() + '"');
            }
        }
    }

    /** The end of a job tells all that are linked with it in one transaction. */
    static void requireFewLinks(Handle tx, List<JobId> named, String pointer) {
        for (int i = 0; i < named.size(); i++) {
            long links = LinkRows.count(tx, named.get(i));
            if (links >= LinkRows.LINKS_MAX) {
                throw new InvalidField(
                        pointer + i,
                        "a job that is linked with fewer than " + LinkRows.LINKS_MAX + " others",
                        '"' + named.get(i).value() + "\" with " + links);
            }
        }
    }
}
