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
import io.erlust.supervision.Producers;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Connects jobs to the live producers of queues: nodes stop being producers when their run ends. */
record Producing(Queues queues) implements Producers {
    private static final int PAGE = 500;

    /** The queues a job produces exist before it does. */
    void admit(JobSpec spec) {
        spec.produces().forEach(queue -> queues.create(new QueueName(queue)));
    }

    /** Forgets the nodes of runs that ended just before the server did; from now on as they end. */
    void start(Jobs jobs, JobEvents events) {
        Set<String> live = new HashSet<>();
        for (JobState state : List.of(JobState.AVAILABLE, JobState.RUNNING)) {
            long last = 0;
            for (List<Job> page = jobs.inState(state, last, PAGE); !page.isEmpty(); ) {
                page.forEach(job -> live.add(NodeSpec.ownerOf(job.serial(), job.run())));
                last = page.getLast().serial();
                page = jobs.inState(state, last, PAGE);
            }
        }
        for (String name : names()) {
            String run = name.substring(0, name.lastIndexOf('/') + 1);
            if (name.startsWith(NodeSpec.OWNERS) && !live.contains(run)) {
                queues.removeProducers(name);
            }
        }
        events.listen(Producing.this::on);
    }

    private void on(JobEvent event) {
        if (event instanceof JobEvent.StateChanged(Job job) && job.state().isFinal()) {
            queues.removeProducers(NodeSpec.ownerOf(job.serial(), job.run()));
        }
    }

    @Override
    public void add(String queue, String producer) {
        queues.addProducer(new QueueName(queue), producer);
    }

    @Override
    public void remove(String queue, String producer) {
        queues.removeProducer(new QueueName(queue), producer);
    }

    @Override
    public List<String> names() {
        return queues.producers();
    }

    @Override
    public void removeAll(String prefix) {
        queues.removeProducers(prefix);
    }
}
