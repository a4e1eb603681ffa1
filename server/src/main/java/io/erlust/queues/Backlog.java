package io.erlust.queues;

import java.util.List;
import java.util.Optional;

/**
 * Where a queue's ready items are until they are read ahead into memory, and where its puts go: the
 * store, or a broker. Called under the queue's monitor, but for {@link #purge} and {@link #look}.
 */
sealed interface Backlog permits SqlBacklog, BrokerBacklog {
    Backend backend();

    /**
     * Takes a put; what it returns is to be run without the monitor and sends it on its way.
     *
     * @throws RuntimeException when it can't be taken now; nothing is stored
     */
    Runnable admit(Put put);

    /** Items of puts that are not durable yet. */
    long comingItems();

    long comingBytes();

    /** Ready items that are not in memory: exactly, or as far as is known of a broker. */
    long items();

    /**
     * Whether surely nothing is left but what is in memory and on its way. Asked when a queue may
     * be drained; may say no at first, find out, and dispatch again.
     */
    boolean isEmpty();

    /** After each dispatch: reads ahead, if there is room and somebody to read for. */
    void refill();

    /** These are done, or taken into the store as failed. */
    void settled(List<Span> spans);

    /**
     * These were given back by a consumer. Answers those that can be handed out again from here.
     */
    List<Span> returned(List<Span> spans);

    /** Deletes every ready item; answers how many. */
    long purge();

    /** Makes what {@link #items} says true; false when nobody answers quickly. */
    boolean look();

    /** Why nothing moves now, when it lives elsewhere; empty when all is well. */
    Optional<String> trouble();

    /** Lets go of what it holds elsewhere: the queue moves to another place, or the server ends. */
    void leave();
}
