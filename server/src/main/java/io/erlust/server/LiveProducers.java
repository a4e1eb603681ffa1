package io.erlust.server;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobState;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.spec.JobSpec;
import io.erlust.nodes.NodeSpec;
import io.erlust.queues.QueueName;
import io.erlust.queues.Queues;

import java.util.HashSet;
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
        jobs.forEachProducing(job -> {
            if (produces(job)) {
                live.add(name(job));
                addTo(job);
            }
        });
        for (String name : queues.producers()) {
            boolean isGone = name.startsWith(JOBS)
                    ? !live.contains(name)
                    : name.startsWith(NodeSpec.OWNERS) && !isUnderWay(name, jobs);
            if (isGone) {
                queues.removeProducers(name); // its job ended just before the server did
            }
        }
        events.listen(this::on);
    }

    /** By its name, see {@link NodeSpec#owner}: the run of this node has not ended. */
    private static boolean isUnderWay(String node, Jobs jobs) {
        String[] parts = node.split("/", -1);
        return jobs.isUnderWay(Long.parseLong(parts[1]), Integer.parseInt(parts[2]));
    }

    private void on(JobEvent event) {
        if (event instanceof JobEvent.StateChanged(Job job, boolean retried)) {
            if (job.state().isFinal()) {
                queues.removeProducers(NodeSpec.ownerOf(job.serial(), job.run()));
            }
            if (produces(job) || retried) {
                addTo(job);
            } else {
                for (String queue : job.spec().produces()) {
                    queues.removeProducer(new QueueName(queue), name(job));
                }
            }
        }
    }

    /** Until its end; a recurring job while a run of it is under way, not between its runs. */
    private static boolean produces(Job job) {
        boolean isBetween = job.state() == JobState.SCHEDULED
                && job.attempt() == 1
                && job.spec().life().isRecurring();
        return !job.state().isFinal() && !isBetween;
    }

    private void addTo(Job job) {
        job.spec().produces().forEach(queue -> queues.addProducer(new QueueName(queue), name(job)));
    }

    /** Ends with a slash, which no id contains: so no name is the beginning of another. */
    private static String name(Job job) {
        return JOBS + job.id() + "/";
    }
}
