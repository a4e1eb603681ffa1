package io.erlust.amqp;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What the queues of a broker share. */
record AmqpParts(
        Link consuming,
        Publisher publisher,
        Declarations declarations,
        Messages messages,
        AtomicLong sessions,
        Set<AmqpQueue> queues,
        ScheduledExecutorService timer) {
    AmqpParts(
            Link consuming,
            Publisher publisher,
            Declarations declarations,
            Messages messages,
            ScheduledExecutorService timer) {
        this(
                consuming,
                publisher,
                declarations,
                messages,
                new AtomicLong(),
                ConcurrentHashMap.newKeySet(),
                timer);
    }

    /** When something failed that may work in a moment. */
    void later(long millis, Runnable task) {
        if (!timer.isShutdown()) {
            var _ = timer.schedule(task, millis, TimeUnit.MILLISECONDS);
        }
    }

    void forget(AmqpQueue queue) {
        queues.remove(queue);
    }
}
