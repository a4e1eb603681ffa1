package io.erlust.server;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobSpec;
import io.erlust.jobs.JobState;
import io.erlust.jobs.Jobs;
import io.erlust.nodes.NodeSpec;
import io.erlust.queues.QueueName;
import io.erlust.queues.Queues;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Who may still put to a queue; while there is such a producer it is not drained. A job is one of
 * the queues it {@code produces}, from its submission to its end; a node of those it put to, until
 * its run ends at the latest. Both also over restarts of the server.
 */
record LiveProducers(Queues queues) {
    private static final String JOBS = "job/";

    /** The queues a job produces exist before it does: they can't be made on the writer thread. */
    void admit(JobSpec spec) {
        spec.produces().forEach(queue -> queues.create(new QueueName(queue)));
    }

    /** To be called once, before anything takes items and before any job is submitted. */
    void start(Jobs jobs, JobEvents events) {
        Set<String> live = new HashSet<>();
        for (JobState state : List.of(JobState.SCHEDULED, JobState.AVAILABLE, JobState.RUNNING)) {
            jobs.forEachInState(state, job -> {
                live.add(name(job));
                live.add(NodeSpec.ownerOf(job.serial(), job.run()));
                addTo(job);
            });
        }
        for (String name : queues.producers()) {
            boolean known = name.startsWith(JOBS) || name.startsWith(NodeSpec.OWNERS);
            if (known && !live.contains(name.substring(0, name.lastIndexOf('/') + 1))) {
                queues.removeProducers(name); // its job ended just before the server did
            }
        }
        events.listen(this::on);
    }

    private void on(JobEvent event) {
        if (event instanceof JobEvent.StateChanged(Job job)) {
            if (job.state().isFinal()) {
                queues.removeProducers(NodeSpec.ownerOf(job.serial(), job.run()));
                for (String queue : job.spec().produces()) {
                    queues.removeProducer(new QueueName(queue), name(job));
                }
            } else {
                addTo(job);
            }
        }
    }

    private void addTo(Job job) {
        job.spec().produces().forEach(queue -> queues.addProducer(new QueueName(queue), name(job)));
    }

    /** Ends with a slash, which no id contains: so no name is the beginning of another. */
    private static String name(Job job) {
        return JOBS + job.id() + "/";
    }
}
