package io.erlust.queues;

import io.erlust.json.Json;
import io.erlust.json.Lines;
import io.erlust.store.Work;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * A consumer's share of a queue: what it was handed and has not acknowledged, in order, numbered 1,
 * 2, 3 … by ordinal. The queue's monitor guards every field.
 */
public final class Subscription {
    /** However small the items, no more bytes than this are ahead of a consumer. */
    private static final long AHEAD_BYTES = 1L << 20;

    private record Handed(long ordinal, Span span) {
        long last() {
            return ordinal + span.count() - 1;
        }
    }

    private final Queue queue;
    private final Consumer consumer;
    private final String owner;
    private final Window window;
    private final ArrayDeque<Handed> unacked = new ArrayDeque<>();
    private long unackedItems;
    private long unackedBytes;
    private long handed;
    private boolean ended;
    private boolean asking = true;

    Subscription(Queue queue, Consumer consumer, String owner, Window window) {
        this.queue = queue;
        this.consumer = consumer;
        this.owner = owner;
        this.window = window;
    }

    String owner() {
        return owner;
    }

    boolean isOf(Queue other) {
        return queue.id == other.id;
    }

    boolean hasRoom() {
        return unackedItems < window.size();
    }

    int windowSize() {
        return window.size();
    }

    boolean isAsking() {
        return asking;
    }

    /**
     * Whether this is the queue its consumer waits at, when it gets from several. One that is also
     * a producer of this queue can't put while it waits here; while it works for another queue it
     * can.
     */
    public void asks(boolean here) {
        synchronized (queue) {
            asking = here;
            if (here) {
                queue.dispatch();
            }
        }
    }

    /** How many items of {@code head} it should be given now; 0 when its window is full. */
    int room(long share, Span head) {
        long free = window.size() - unackedItems;
        if (unackedItems > 0 && free < window.size() / 4) {
            return 0; // or a node as fast as its server would get ever smaller deliveries
        }
        if (free <= 0 || (unackedBytes > 0 && unackedBytes + head.first(1).bytes() > AHEAD_BYTES)) {
            return 0;
        }
        long wanted = Math.min(free, Math.max(share, window.shareMin()));
        return (int) Math.min(wanted, head.count());
    }

    void give(Span span) {
        if (unackedItems == 0) {
            window.busy(queue.shared.clock().nanos());
        }
        Handed part = new Handed(handed + 1, span);
        handed += span.count();
        unacked.addLast(part);
        unackedItems += span.count();
        unackedBytes += span.bytes();
        Parcel parcel = span.parcel();
        Lines items = span.count() == parcel.count()
                ? parcel.items
                : parcel.items.slice(span.from(), span.to());
        consumer.deliver(new Delivery(
                part.ordinal,
                parcel.id,
                parcel.first + span.from(),
                items,
                Instant.ofEpochMilli(parcel.putAt),
                span.attempt()));
    }

    void drained() {
        ended = true;
        consumer.drained();
    }

    /** Items delivered and not acknowledged. */
    public long unacked() {
        synchronized (queue) {
            return unackedItems;
        }
    }

    /** Everything delivered with an ordinal up to this is done. Repeated until the store has it. */
    public void ack(long upTo) {
        List<Span> spans = takeUpTo(upTo);
        if (!spans.isEmpty()) {
            ackSurely(spans);
        }
    }

    private void ackSurely(List<Span> spans) {
        AckWork work = new AckWork(
                queue, spans, undone -> queue.shared.later(1000, () -> ackSurely(undone)));
        queue.shared.database().enqueue(work);
    }

    /**
     * The same as a part of another work, a step: call its three methods from yours. When the step
     * is rolled back the items count as delivered and unacknowledged again.
     */
    public Work<@Nullable Void> acking(long upTo) {
        return new AckWork(queue, takeUpTo(upTo), this::undo);
    }

    /** One item, whatever its place. False when it is not in hand any more. */
    boolean ackOne(long ordinal) {
        Span span = takeOne(ordinal);
        if (span == null) {
            return false;
        }
        ackSurely(List.of(span));
        return true;
    }

    /** This item failed; the failure is charged to it. False when it is not in hand any more. */
    public boolean fail(long ordinal, String errorJson) {
        JsonNode error = Json.parse(errorJson); // may be refused: before anything is taken
        Span span = takeOne(ordinal);
        if (span == null) {
            return false;
        }
        queue.shared.database().enqueue(new FailWork(queue, span, error));
        return true;
    }

    /**
     * The consumer is gone. The item in hand is charged with the error; what it had before that,
     * not acknowledged, may have been worked on and goes back marked; what it had ahead goes back
     * free.
     *
     * @param errorJson null: nothing is charged, the item in hand goes back marked as well
     */
    public void end(OptionalLong inHand, @Nullable String errorJson) {
        synchronized (queue) {
            ended = true;
            queue.remove(this);
            if (errorJson != null) {
                inHand.ifPresent(ordinal -> fail(ordinal, errorJson));
            }
            List<Span> back = new ArrayList<>();
            for (Handed part : unacked) {
                long touched = inHand.orElse(0) - part.ordinal + 1;
                int n = Math.clamp(touched, 0, part.span.count());
                if (n > 0) {
                    back.add(part.span.first(n).tried());
                }
                if (n < part.span.count()) {
                    back.add(part.span.after(n));
                }
            }
            unacked.clear();
            unackedItems = 0;
            unackedBytes = 0;
            queue.giveBack(back);
        }
    }

    /** Everything it still has in hand failed. */
    void failAll(String errorJson) {
        List<Long> ordinals = new ArrayList<>();
        synchronized (queue) {
            for (Handed part : unacked) {
                for (long ordinal = part.ordinal; ordinal <= part.last(); ordinal++) {
                    ordinals.add(ordinal);
                }
            }
        }
        ordinals.forEach(ordinal -> fail(ordinal, errorJson));
    }

    /** Takes no more; what it has stays in hand. */
    void pause() {
        queue.remove(this);
    }

    private List<Span> takeUpTo(long upTo) {
        List<Span> taken = new ArrayList<>();
        synchronized (queue) {
            int items = 0;
            while (!unacked.isEmpty() && unacked.getFirst().ordinal <= upTo) {
                Handed part = unacked.removeFirst();
                int n = (int) Math.min(part.span.count(), upTo - part.ordinal + 1);
                if (n < part.span.count()) {
                    unacked.addFirst(new Handed(part.ordinal + n, part.span.after(n)));
                }
                taken.add(part.span.first(n));
                items += n;
            }
            removed(taken);
            if (items > 0) {
                window.acknowledged(items, queue.shared.clock().nanos());
                queue.dispatch();
            }
        }
        return taken;
    }

    private @Nullable Span takeOne(long ordinal) {
        synchronized (queue) {
            List<Handed> before = new ArrayList<>();
            Span found = null;
            while (found == null && !unacked.isEmpty() && unacked.getFirst().ordinal <= ordinal) {
                Handed part = unacked.removeFirst();
                if (part.last() < ordinal) {
                    before.add(part);
                    continue;
                }
                int at = (int) (ordinal - part.ordinal);
                found = part.span.after(at).first(1);
                if (at + 1 < part.span.count()) {
                    unacked.addFirst(new Handed(ordinal + 1, part.span.after(at + 1)));
                }
                if (at > 0) {
                    before.add(new Handed(part.ordinal, part.span.first(at)));
                }
            }
            before.reversed().forEach(unacked::addFirst);
            if (found != null) {
                removed(List.of(found));
                window.acknowledged(1, queue.shared.clock().nanos());
                queue.dispatch();
            }
            return found;
        }
    }

    private void removed(List<Span> spans) {
        for (Span span : spans) {
            unackedItems -= span.count();
            unackedBytes -= span.bytes();
        }
    }

    private void undo(List<Span> spans) {
        synchronized (queue) {
            if (ended) {
                queue.giveBack(spans.stream().map(Span::tried).toList());
                return;
            }
            for (Span span : spans.reversed()) {
                unacked.addFirst(new Handed(0, span));
                unackedItems += span.count();
                unackedBytes += span.bytes();
            }
        }
    }
}
