package io.erlust.nodes;

import io.erlust.queues.QueueName;
import io.erlust.queues.Queues;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The queues a node gets items from. Acknowledgements wait behind the effects that came before
 * them. Called by the session's thread.
 */
final class Feeds {
    /** A node gets from, and puts to, at most so many queues. */
    static final int QUEUES_MAX = 256;

    private final NodeSpec node;
    private final Queues queues;
    private final NodeListener listener;
    private final Outbound outbound;
    private final Effects effects;
    private final Map<QueueName, Feed> feeds = new ConcurrentHashMap<>();

    Feeds(NodeSpec node, Queues queues, NodeListener listener, Outbound outbound, Effects effects) {
        this.node = node;
        this.queues = queues;
        this.listener = listener;
        this.outbound = outbound;
        this.effects = effects;
    }

    /** Subscribes, unless it is subscribed already; this is the queue where it waits now. */
    void get(QueueName queue, int windowMax) {
        subscribe(queue, windowMax);
        await(queue);
    }

    /** This is the queue where it waits now; nothing if its end has just been told. */
    void await(QueueName queue) {
        for (Feed feed : feeds.values()) {
            feed.subscription().asks(feed.queue().equals(queue));
        }
    }

    private void subscribe(QueueName queue, int windowMax) {
        Feed before = feeds.get(queue);
        if (before != null && !before.isClosed()) {
            return;
        }
        if (before == null && feeds.size() >= QUEUES_MAX) {
            throw new ProtocolViolation("get: expected at most " + QUEUES_MAX + " queues");
        }
        Feed feed = new Feed(queue, outbound);
        try {
            feed.subscribed(queues.subscribe(queue, feed, node.owner(), windowMax));
        } catch (RuntimeException e) {
            throw new ProtocolViolation("get: " + e.getMessage());
        }
        feeds.put(queue, feed);
    }

    Optional<Feed> find(QueueName queue) {
        return Optional.ofNullable(feeds.get(queue));
    }

    void ack(QueueName queue, long upto) {
        find(queue).ifPresent(feed -> effects.then(() -> acknowledge(feed, upto)));
    }

    private void acknowledge(Feed feed, long upto) {
        feed.cover(upto).ifPresent(covered -> {
            feed.subscription().ack(covered.ordinal());
            listener.acknowledged(covered.items());
        });
    }

    /** The same by the seq alone, whichever queue it is of; nothing when it is not open. */
    void ackUpTo(long seq) {
        feeds.values().stream()
                .filter(feed -> feed.holds(seq))
                .findFirst()
                .ifPresent(feed -> effects.then(() -> acknowledge(feed, seq)));
    }

    void nack(QueueName queue, long seq, String error) {
        find(queue).ifPresent(feed -> effects.then(() -> fail(feed, seq, error)));
    }

    private static void fail(Feed feed, long seq, String error) {
        feed.fail(seq).ifPresent(item -> feed.subscription().fail(item.ordinal(), error));
    }

    /** The node gets no more from it; what it did not acknowledge goes back free. */
    void close(QueueName queue) {
        Feed feed = feeds.remove(queue);
        if (feed != null) {
            feed.close();
            feed.subscription().end(OptionalLong.empty(), "{}");
        }
    }

    /** Whether the node has items it has not acknowledged. */
    boolean isWorking() {
        return feeds.values().stream().anyMatch(Feed::isWorking);
    }

    /** Whether this seq is of an item that was sent and is neither acknowledged nor failed. */
    boolean isOpen(long seq) {
        return feeds.values().stream().anyMatch(feed -> feed.open(seq).isPresent());
    }

    /** The seq of the first item that is open; 0 when none is. */
    long firstOpen() {
        return feeds.values().stream()
                .map(Feed::firstOpen)
                .filter(OptionalLong::isPresent)
                .mapToLong(OptionalLong::getAsLong)
                .min()
                .orElse(0);
    }

    /**
     * The node is gone.
     *
     * @param inHand the seq of the item its code worked on; none when it is not open
     * @param error what that item is charged with; nothing is charged when it is null
     * @return the id of the item that was charged
     */
    Optional<String> end(long inHand, @Nullable String error) {
        Optional<String> charged = Optional.empty();
        for (Feed feed : feeds.values()) {
            Optional<Feed.Item> item = feed.open(inHand);
            OptionalLong ordinal =
                    item.map(each -> OptionalLong.of(each.ordinal())).orElse(OptionalLong.empty());
            feed.close();
            feed.subscription().end(ordinal, error);
            if (error != null) {
                charged = charged.or(() -> item.map(Feed.Item::id));
            }
        }
        return charged;
    }
}
