package io.erlust.queues;

/**
 * A message broker, where some queues live: their ready items are its messages, for any program to
 * put and take. Everything else about a queue stays here.
 */
public interface Broker extends AutoCloseable {
    /** One queue of it, under the same name. Never blocks; the broker need not be up. */
    BrokerQueue open(QueueName name, BrokerQueue.Receiver receiver);

    /**
     * Makes a queue of this name, unless it is there. Blocks: a broker that is away for a moment is
     * waited for.
     *
     * @throws BrokerUnavailable when it does not come back
     * @throws BrokerRefused when it does not let this queue be made
     */
    void make(QueueName name);

    /** Whether there is one at all. */
    boolean isConfigured();

    /** What was acknowledged is told to it first, if it can be reached. */
    @Override
    void close();

    /** The server was started without one: its queues keep their settings and wait. */
    static Broker none() {
        return new NoBroker();
    }
}
