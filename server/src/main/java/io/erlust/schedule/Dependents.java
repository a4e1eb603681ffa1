package io.erlust.schedule;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobId;
import io.erlust.jobs.When;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which scheduled jobs wait for which jobs. As large as what is scheduled; rebuilt at start. */
final class Dependents {
    /** Guarded by this. */
    private final Map<JobId, Set<JobId>> waiting = new HashMap<>();

    synchronized void add(Job job) {
        for (JobId awaited : awaited(job)) {
            waiting.computeIfAbsent(awaited, id -> new HashSet<>()).add(job.id());
        }
    }

    synchronized void remove(Job job) {
        for (JobId awaited : awaited(job)) {
            waiting.computeIfPresent(
                    awaited, (id, jobs) -> jobs.remove(job.id()) && jobs.isEmpty() ? null : jobs);
        }
    }

    synchronized List<JobId> of(JobId awaited) {
        return List.copyOf(waiting.getOrDefault(awaited, Set.of()));
    }

    static List<JobId> awaited(Job job) {
        return job.spec().when() instanceof When.After(List<JobId> jobs) ? jobs : List.of();
    }
}
