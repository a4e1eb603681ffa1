package io.erlust.supervision;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobState;
import io.erlust.jobs.Jobs;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Keeps the promise of {@code produces}: a job that declares it counts as a live producer of these
 * queues from its submission until its end, also over restarts of the server.
 */
public final class ProducingJobs {
    private static final String PREFIX = "job/";
    private static final int PAGE = 500;

    private final Jobs jobs;
    private final JobEvents events;
    private final Producers producers;

    public ProducingJobs(Jobs jobs, JobEvents events, Producers producers) {
        this.jobs = jobs;
        this.events = events;
        this.producers = producers;
    }

    /**
     * To be called once, before anything takes items from the queues and before any job is
     * submitted.
     */
    public void start() {
        Set<String> live = new HashSet<>();
        for (JobState state : List.of(JobState.SCHEDULED, JobState.AVAILABLE, JobState.RUNNING)) {
            addAll(state, live);
        }
        for (String name : producers.names()) {
            if (name.startsWith(PREFIX) && !live.contains(name)) {
                producers.removeAll(name); // its job ended just before the server did
            }
        }
        events.listen(this::on);
    }

    private void addAll(JobState state, Set<String> live) {
        long last = 0;
        while (true) {
            List<Job> page = jobs.inState(state, last, PAGE);
            if (page.isEmpty()) {
                return;
            }
            for (Job job : page) {
                live.add(name(job));
                job.spec().produces().forEach(queue -> producers.add(queue, name(job)));
            }
            last = page.getLast().serial();
        }
    }

    private void on(JobEvent event) {
        if (event instanceof JobEvent.StateChanged(Job job)) {
            for (String queue : job.spec().produces()) {
                if (job.state().isFinal()) {
                    producers.remove(queue, name(job));
                } else {
                    producers.add(queue, name(job));
                }
            }
        }
    }

    /** Ends with a slash, which no id contains: so no name is the beginning of another. */
    private static String name(Job job) {
        return PREFIX + job.id() + "/";
    }
}
