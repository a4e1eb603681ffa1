package io.erlust.server;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobSpec;
import io.erlust.jobs.NodeStatus;
import io.erlust.nodes.NodeExit;
import io.erlust.nodes.NodeListener;
import io.erlust.nodes.NodePool;
import io.erlust.nodes.NodeSpec;
import io.erlust.nodes.RunningNode;
import io.erlust.process.Exit;
import io.erlust.queues.QueueName;
import io.erlust.supervision.NodeStarter;

import java.time.Duration;

/** Lets supervision start the nodes of the {@code nodes} package. */
record NodeAdapter(NodePool pool) implements NodeStarter {
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
                        spec.language(),
                        spec.source(),
                        spec.args(),
                        spec.env(),
                        new QueueName(spec.queue()),
                        NodeSpec.START_TIMEOUT,
                        node.restarts(),
                        node.exit()),
                new ListenerAdapter(listener));
        return new HandleAdapter(running);
    }

    private record HandleAdapter(RunningNode node) implements Handle {
        @Override
        public void stop(Duration grace) {
            node.stop(grace);
        }

        @Override
        public void kill() {
            node.kill();
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
            boolean normal = exit.exit() instanceof Exit.Normal && exit.fault().isEmpty();
            String how = exit.fault().orElse(exit.exit().toString());
            listener.ended(
                    new Ended(normal, how, exit.charged(), String.join("\n", exit.stderr())));
        }
    }
}
