package io.erlust.supervision;

import io.erlust.jobs.Job;
import io.erlust.jobs.NodeStatus;
import io.erlust.time.Patience;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Nodes without processes: a test takes them in the order of their starts and says what they do.
 */
final class FakeNodes implements NodeStarter {
    private static final long PATIENCE_S = Patience.SECONDS;

    private final LinkedBlockingQueue<FakeNode> started = new LinkedBlockingQueue<>();
    volatile Optional<String> refusal = Optional.empty();

    @Override
    public Handle start(Job job, NodeStatus node, Listener listener) {
        if (refusal.isPresent()) {
            throw new IllegalStateException(refusal.get());
        }
        FakeNode fake = new FakeNode(job, node, listener);
        started.add(fake);
        return fake;
    }

    FakeNode next() throws InterruptedException {
        FakeNode node = started.poll(PATIENCE_S, TimeUnit.SECONDS);
        if (node == null) {
            throw new AssertionError("no node was started");
        }
        return node;
    }

    boolean none() {
        return started.isEmpty();
    }

    static final class FakeNode implements Handle {
        final Job job;
        final NodeStatus node;
        final Listener listener;
        private final CompletableFuture<Duration> stopped = new CompletableFuture<>();
        private final CompletableFuture<StopReason> killed = new CompletableFuture<>();
        volatile Optional<StopReason> asked = Optional.empty();
        private final AtomicBoolean ended = new AtomicBoolean();

        FakeNode(Job job, NodeStatus node, Listener listener) {
            this.job = job;
            this.node = node;
            this.listener = listener;
        }

        String name() {
            return job.id() + "/" + node.rank();
        }

        @Override
        public void stop(Duration grace, StopReason why) {
            asked = Optional.of(why);
            stopped.complete(grace);
        }

        @Override
        public void kill(StopReason why) {
            killed.complete(why);
            end(new Ended(false, "killed", Optional.empty(), ""));
        }

        Duration awaitStop() throws Exception {
            return stopped.get(PATIENCE_S, TimeUnit.SECONDS);
        }

        StopReason awaitKill() throws Exception {
            return killed.get(PATIENCE_S, TimeUnit.SECONDS);
        }

        private void end(Ended how) {
            if (ended.compareAndSet(false, true)) {
                listener.ended(how);
            }
        }

        void finish() {
            end(new Ended(true, "normal", Optional.empty(), ""));
        }

        /** Ends as it was asked to. */
        void obey() {
            String word = asked.orElseThrow().word();
            end(new Ended(false, word, Optional.empty(), "stopped\n"));
        }

        void crash(String stderr) {
            end(new Ended(false, "exit 1", Optional.empty(), stderr));
        }

        void crashOn(String item) {
            end(new Ended(false, "exit 1", Optional.of(item), ""));
        }
    }
}
