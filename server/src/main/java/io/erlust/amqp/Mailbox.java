package io.erlust.amqp;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;

/** Runs tasks one after the other, in a virtual thread that lives while there are any. */
final class Mailbox {
    private static final Logger log = LoggerFactory.getLogger(Mailbox.class);

    private final String name;

    /** Guarded by this. */
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

    private boolean running;

    Mailbox(String name) {
        this.name = name;
    }

    synchronized void post(Runnable task) {
        tasks.add(task);
        if (!running) {
            running = true;
            Thread.ofVirtual().name(name).start(this::work);
        }
    }

    /** Completes when all that was posted before is done. */
    CompletableFuture<@Nullable Void> idle() {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        post(() -> done.complete(null));
        return done;
    }

    private void work() {
        for (Runnable task = next(); task != null; task = next()) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                log.error("{}: a task failed", name, e);
            }
        }
    }

    private synchronized @Nullable Runnable next() {
        Runnable task = tasks.poll();
        running = task != null;
        return task;
    }
}
