package io.erlust.server;

import io.erlust.jobs.Job;
import io.erlust.jobs.NodeStatus;
import io.erlust.jobs.spec.JobSpec;
import io.erlust.jobs.spec.NodeSettings;
import io.erlust.nodes.NodeExit;
import io.erlust.nodes.NodeListener;
import io.erlust.nodes.NodePool;
import io.erlust.nodes.NodeSpec;
import io.erlust.nodes.ProcessSetting;
import io.erlust.nodes.RunningNode;
import io.erlust.queues.QueueName;
import io.erlust.supervision.NodeStarter;
import io.erlust.supervision.StopReason;

import java.time.Duration;

/** Lets supervision start the nodes of the {@code nodes} package. */
record NodeAdapter(NodePool pool, StartPayloads payloads) implements NodeStarter {
    NodeAdapter(NodePool pool) {
        this(pool, new StartPayloads());
    }

    @Override
    public Handle start(Job job, NodeStatus node, Listener listener) {
        JobSpec spec = job.spec();
        RunningNode running = pool.start(
                new NodeSpec(
                        job.id(),
                        job.serial(),
                        job.run(),
                        node.rank(),
                        spec.nodes(),
                        /* epoch= */ 1,
                        setting(spec),
                        payloads.of(job.serial(), job.run(), spec),
                        new QueueName(spec.queue()),
                        spec.nodeSettings().itemTimeout(),
                        node.restarts(),
                        node.exit()),
                new ListenerAdapter(listener));
        return new HandleAdapter(running);
    }

    static ProcessSetting setting(JobSpec spec) {
        NodeSettings settings = spec.nodeSettings();
        return new ProcessSetting(
                spec.language(),
                spec.env(),
                settings.network(),
                settings.limits(),
                settings.startTimeout());
    }

    private record HandleAdapter(RunningNode node) implements Handle {
        @Override
        public void stop(Duration grace, StopReason why) {
            node.stop(grace, why.word());
        }

        @Override
        public void kill(StopReason why) {
            node.kill(); // killed is killed, whatever for
        }
    }

    private record ListenerAdapter(Listener listener) implements NodeListener {
        @Override
        public void started(long pid) {
            listener.started(pid);
        }

        @Override
        public void ready() {
            listener.ready();
        }

        @Override
        public void progress(NodeStatus.Progress progress) {
            listener.progress(progress);
        }

        @Override
        public void acknowledged(long items) {
            listener.acknowledged(items);
        }

        @Override
        public void ended(NodeExit exit) {
            listener.ended(new Ended(
                    exit.isNormal(),
                    exit.reason(),
                    exit.charged(),
                    String.join("\n", exit.stderr())));
        }
    }
}
