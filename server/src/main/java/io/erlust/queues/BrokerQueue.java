package io.erlust.queues;

import io.erlust.json.Lines;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A queue as its broker has it. No method blocks; what is asked of one queue is done in the order
 * it was asked.
 */
public interface BrokerQueue {
    /** What the broker has delivered comes here, in order; never two calls at once. */
    interface Receiver {
        /**
         * Messages of a session. They are the receiver's until it acknowledges them or gives them
         * back; never more of them than the window, but for those of earlier windows.
         */
        void received(long session, List<Message> messages);

        /**
         * The session is over: what it delivered and was not settled will be delivered again.
         *
         * @param unseen how many messages of it had come and were not received
         */
        void lost(long session, int unseen);
    }

    /**
     * A message.
     *
     * @param tag its number in its session, without gaps between messages of one call
     * @param id the item's, when the message has it
     * @param redelivered somebody may have had it before
     * @param putAt when it was published, in ms since 1970; 0: not known
     * @param body what was published; nothing is known of it
     */
    record Message(long tag, @Nullable ItemId id, boolean redelivered, long putAt, byte[] body) {}

    /**
     * Publishes each item as a message. Completes when the broker has all of them on its disk;
     * fails with {@link BrokerUnavailable} when it can't be reached for too long, and then some of
     * them may be there.
     */
    CompletableFuture<@Nullable Void> put(Lines items);

    /** From now on the broker delivers so many unsettled messages at most; 0: none. */
    void consume(int window);

    /**
     * Ends the session, which has delivered more than may be kept, and begins another with this
     * window. Nothing more of it is received. Of a session that is lost: only the window counts.
     */
    void renew(long session, int window);

    /** These are done with. Of a session that is lost: does nothing. */
    void ack(long session, long[] tags);

    /** These are for whoever comes next, where they were. */
    void giveBack(long session, long[] tags);

    /**
     * How many messages nobody has. When it says 0, everything that was delivered here before has
     * been received.
     */
    CompletableFuture<Long> count();

    /** Deletes the messages nobody has; answers how many. */
    CompletableFuture<Long> purge();

    /** Why nothing moves, and will not in a moment; empty when all is well. */
    Optional<String> trouble();

    /** Receives no more. */
    void close();
}
