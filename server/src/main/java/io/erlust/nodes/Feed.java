package io.erlust.nodes;

import io.erlust.queues.Consumer;
import io.erlust.queues.Delivery;
import io.erlust.queues.QueueName;
import io.erlust.queues.Subscription;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A queue that a node gets items from: the subscription, and which of its items have which seq
 * numbers on the connection. A node's claims about seq numbers are held to what was really sent to
 * it.
 */
final class Feed implements Consumer {
    /** A run of items in one frame. */
    private record Sent(long seq, long ordinal, int count, long parcel, int first) {
        long lastSeq() {
            return seq + count - 1;
        }
    }

    /** An item by its place in the subscription and by its id. */
    record Item(long ordinal, String id) {}

    /** What an acknowledgement covers: up to this ordinal, and how many of them succeeded. */
    record Covered(long ordinal, long items) {}

    private final QueueName queue;
    private final Outbound outbound;

    /** Set by the session's reader before it reads on; used by what it starts afterwards. */
    private volatile @Nullable Subscription subscription;

    /** Sent and not acknowledged. Guarded by this, as are the fields below. */
    private final ArrayDeque<Sent> sent = new ArrayDeque<>();

    private final Set<Long> failed = new HashSet<>();
    private long ackedSeq;
    private boolean closed;

    Feed(QueueName queue, Outbound outbound) {
        this.queue = queue;
        this.outbound = outbound;
    }

    QueueName queue() {
        return queue;
    }

    void subscribed(Subscription made) {
        subscription = made;
    }

    Subscription subscription() {
        return Objects.requireNonNull(subscription);
    }

    @Override
    public void deliver(Delivery delivery) {
        outbound.add(new Outbound.Items(this, delivery));
    }

    @Override
    public void drained() {
        outbound.add(new Outbound.Drained(this));
    }

    /** The writer sends this now, its first item with this seq; false when the feed is closed. */
    synchronized boolean sending(long seq, Delivery delivery) {
        if (!closed) {
            sent.addLast(new Sent(
                    seq,
                    delivery.ordinal(),
                    delivery.count(),
                    delivery.parcel(),
                    delivery.first()));
        }
        return !closed;
    }

    /** The writer tells the node that nothing more comes; false when the feed is closed. */
    synchronized boolean finishing() {
        boolean tell = !closed;
        closed = true;
        return tell;
    }

    synchronized boolean isClosed() {
        return closed;
    }

    synchronized void close() {
        closed = true;
    }

    /** Whether the node has items it has not acknowledged. */
    synchronized boolean isWorking() {
        return !sent.isEmpty();
    }

    /** Everything sent with a seq up to this is done; what that covers that was not before. */
    synchronized Optional<Covered> cover(long upto) {
        long ordinal = 0;
        long items = 0;
        while (!sent.isEmpty() && sent.getFirst().seq <= upto) {
            Sent part = sent.getFirst();
            long last = Math.min(upto, part.lastSeq());
            long first = Math.max(part.seq, ackedSeq + 1);
            if (last >= first) {
                items += last - first + 1;
                ordinal = part.ordinal + (last - part.seq);
                ackedSeq = last;
            }
            if (last < part.lastSeq()) {
                break;
            }
            sent.removeFirst();
        }
        int before = failed.size();
        failed.removeIf(seq -> seq <= upto);
        items -= before - failed.size();
        return ordinal == 0 ? Optional.empty() : Optional.of(new Covered(ordinal, items));
    }

    /** Whether this seq was sent and is not acknowledged. */
    synchronized boolean holds(long seq) {
        return seq > ackedSeq
                && !sent.isEmpty()
                && seq <= sent.getLast().lastSeq()
                && sent.stream().anyMatch(part -> part.seq <= seq && seq <= part.lastSeq());
    }

    /** The item of this seq, if it was sent and is neither acknowledged nor failed. */
    synchronized Optional<Item> open(long seq) {
        if (seq <= ackedSeq || failed.contains(seq)) {
            return Optional.empty();
        }
        for (Sent part : sent) {
            if (part.seq <= seq && seq <= part.lastSeq()) {
                int at = (int) (seq - part.seq);
                String id = part.parcel + "." + (part.first + at);
                return Optional.of(new Item(part.ordinal + at, id));
            }
        }
        return Optional.empty();
    }

    /** The node reports that this item failed. */
    synchronized Optional<Item> fail(long seq) {
        Optional<Item> item = open(seq);
        item.ifPresent(_ -> failed.add(seq));
        return item;
    }

    /** The first item that is neither acknowledged nor failed. */
    synchronized OptionalLong firstOpen() {
        for (Sent part : sent) {
            for (long seq = Math.max(part.seq, ackedSeq + 1); seq <= part.lastSeq(); seq++) {
                if (!failed.contains(seq)) {
                    return OptionalLong.of(seq);
                }
            }
        }
        return OptionalLong.empty();
    }
}
