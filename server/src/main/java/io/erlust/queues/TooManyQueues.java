package io.erlust.queues;

/** The server has as many queues as it may have. */
public final class TooManyQueues extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooManyQueues() {
        super("expected at most " + Queues.QUEUES_MAX + " queues; use an existing one");
    }
}
