package io.erlust.supervision;

import io.erlust.jobs.Job;
import io.erlust.jobs.NodeStatus;

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
    private static final long PATIENCE_S = 20;

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
        private final CompletableFuture<Boolean> killed = new CompletableFuture<>();
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
        public void stop(Duration grace) {
            stopped.complete(grace);
        }

        @Override
        public void kill() {
            killed.complete(true);
            end(new Ended(false, "signal 9", Optional.empty(), ""));
        }

        Duration awaitStop() throws Exception {
            return stopped.get(PATIENCE_S, TimeUnit.SECONDS);
        }

        void awaitKill() throws Exception {
            killed.get(PATIENCE_S, TimeUnit.SECONDS);
        }

        private void end(Ended how) {
            if (ended.compareAndSet(false, true)) {
                listener.ended(how);
            }
        }

        void finish() {
            end(new Ended(true, "normal", Optional.empty(), ""));
        }

        void crash(String stderr) {
            end(new Ended(false, "exit 1", Optional.empty(), stderr));
        }

        void crashOn(String item) {
            end(new Ended(false, "exit 1", Optional.of(item), ""));
        }
    }
}
