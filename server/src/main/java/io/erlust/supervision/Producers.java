package io.erlust.supervision;

import java.util.List;

/**
 * The live producers of the queues: a queue is not drained while it has one. Whoever wires the
 * server adapts the queues to it. Called on the thread that makes changes durable: must not block
 * for long, and the queues that a job produces must exist before the job does.
 */
public interface Producers {
    void add(String queue, String producer);

    void remove(String queue, String producer);

    /** Every name that is a producer of some queue. */
    List<String> names();

    /** Removes every producer whose name begins so, from every queue. */
    void removeAll(String prefix);
}
