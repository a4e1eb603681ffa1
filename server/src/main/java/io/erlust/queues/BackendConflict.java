package io.erlust.queues;

/** A queue is to live elsewhere, and can't be moved while it has items or consumers. */
public final class BackendConflict extends RuntimeException {
    private static final long serialVersionUID = 1;

    BackendConflict(QueueName name, Backend now, long items, int consumers) {
        super("queue " + name + " is " + now.wire() + " and has " + items + " items and "
                + consumers
                + " consumers; it can move only when it has none: drain or purge it first");
    }
}
