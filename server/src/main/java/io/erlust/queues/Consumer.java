package io.erlust.queues;

/** Takes what a queue hands out. Called under the queue's lock: must only enqueue, never block. */
public interface Consumer {
    void deliver(Delivery delivery);

    /** Nothing is left and nothing can come; the subscription has ended. */
    void drained();
}
