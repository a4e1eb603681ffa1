package io.erlust.queues;

import io.erlust.json.Lines;
import io.erlust.queues.BrokerQueue.Message;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What a broker has delivered to a queue and been told nothing about: which message each item is,
 * and what becomes of the items when the broker is lost. Guarded by the queue's monitor.
 *
 * <p>A lost session's messages are delivered again. Of an item that came with its id and is in some
 * consumer's hand, the new delivery is not handed out: it is settled when the item is. So a broker
 * that dies costs no work twice, as far as the items were put by Erlust.
 */
final class Delivered {
    private static final long NO_SESSION = -1;

    /** A redelivery that is still to come. */
    private static final long NO_TAG = -1;

    private static final int REMEMBERED_MAX = 32_768;

    private final Queue queue;
    private final BrokerQueue broker;
    private long session = NO_SESSION;

    /** The first half of the ids of this session's items that came without. */
    private long ownIds;

    private final Set<BrokerParcel> parcels = new LinkedHashSet<>();

    /** The ids that came with items, of those that are here, in this session. */
    private final Set<ItemId> here = new HashSet<>();

    /** Items in hand of sessions lost, with the tag they came again by in this one. */
    private final Map<ItemId, Long> lostInHand = new HashMap<>();

    /** Done of late: whether the broker has heard it is not sure until it does not die. */
    private final Remembered<ItemId> done = new Remembered<>(REMEMBERED_MAX);

    /** Went back without having been in any hand. */
    private final Remembered<ItemId> untouched = new Remembered<>(REMEMBERED_MAX);

    Delivered(Queue queue, BrokerQueue broker) {
        this.queue = queue;
        this.broker = broker;
    }

    /** Whether nothing is in memory but what {@link Remembered} bounds. */
    boolean isEmpty() {
        return parcels.isEmpty() && here.isEmpty() && lostInHand.isEmpty();
    }

    /** Messages of this session are about to come. */
    void begin(long current) {
        if (session != current) {
            session = current;
            ownIds = newIds();
        }
    }

    /** Larger than any number of a row, of 18 digits at most. */
    static long newIds() {
        return ThreadLocalRandom.current().nextLong(1L << 52, 1_000_000_000_000_000_000L);
    }

    // --- come ----------------------------------------------------------------------------------

    /** As few spans as the messages can be, without those that are here already, or done. */
    List<Span> group(List<Message> messages, long nanos, long at) {
        List<Span> spans = new ArrayList<>();
        List<Message> run = new ArrayList<>();
        List<Long> again = new ArrayList<>();
        for (Message message : messages) {
            if (isKnown(message, again)) {
                continue;
            }
            if (!run.isEmpty() && !isFollowedBy(run.getLast(), message)) {
                spans.add(span(run, nanos, at));
                run.clear();
            }
            run.add(message);
        }
        if (!run.isEmpty()) {
            spans.add(span(run, nanos, at));
        }
        ack(again);
        return spans;
    }

    /** Another delivery of what is in hand here, or done: then the item itself need not come. */
    private boolean isKnown(Message message, List<Long> again) {
        ItemId id = message.id();
        if (id == null) {
            return false;
        }
        if (lostInHand.getOrDefault(id, 0L) == NO_TAG) {
            lostInHand.put(id, message.tag());
            return true;
        }
        if (lostInHand.containsKey(id) || done.contains(id) || !here.add(id)) {
            again.add(message.tag());
            return true;
        }
        return false;
    }

    private boolean isFollowedBy(Message one, Message next) {
        return next.tag() == one.tag() + 1
                && id(one).isFollowedBy(id(next))
                && (one.id() == null) == (next.id() == null)
                && one.redelivered() == next.redelivered()
                && one.putAt() == next.putAt()
                && !next.redelivered(); // each may count otherwise
    }

    private ItemId id(Message message) {
        ItemId id = message.id();
        return id != null ? id : new ItemId(ownIds, (int) (message.tag() % 1_000_000_000));
    }

    private Span span(List<Message> run, long nanos, long at) {
        Message first = run.getFirst();
        Lines items = Lines.of(run.stream().map(Message::body).toArray(byte[][]::new));
        long putAt = first.putAt() == 0 ? at : first.putAt();
        BrokerParcel parcel = new BrokerParcel(
                id(first),
                items,
                putAt,
                new BrokerParcel.Origin(session, first.tag(), first.id() != null, nanos));
        parcels.add(parcel);
        int attempt = first.redelivered() && !untouched.remove(id(first)) ? 2 : 1;
        return new Span(parcel, 0, items.count(), attempt);
    }

    /** What is not an item goes to the dead ones, and leaves the broker. */
    void bury(Arrivals.Bad bad, long at) {
        Message message = bad.message();
        long of = session;
        BuryWork work = new BuryWork(queue, id(message), bad, at, () -> {
            synchronized (queue) {
                if (of == session) {
                    ack(List.of(message.tag()));
                }
            }
        });
        queue.shared.database().enqueue(work);
    }

    // --- go ------------------------------------------------------------------------------------

    /** They are done, or the store has them. */
    void settled(List<Span> spans) {
        List<Long> tags = new ArrayList<>();
        for (Span span : spans) {
            if (span.parcel() instanceof BrokerParcel parcel) {
                for (int i = span.from(); i < span.to(); i++) {
                    settle(parcel, i, tags);
                }
            }
        }
        ack(tags);
    }

    private void settle(BrokerParcel parcel, int i, List<Long> tags) {
        if (parcel.settled.get(i)) {
            return;
        }
        forget(parcel, i);
        if (parcel.named) {
            done.add(parcel.key(i));
        }
        if (parcel.session == session) {
            tags.add(parcel.tag(i));
        } else {
            addRedelivered(parcel, i, tags);
        }
    }

    /** The tag in this session of an item of one that was lost, if it has come again. */
    private void addRedelivered(BrokerParcel parcel, int i, List<Long> tags) {
        Long tag = lostInHand.remove(parcel.key(i));
        if (tag != null && tag != NO_TAG) {
            tags.add(tag);
        }
    }

    private void forget(BrokerParcel parcel, int i) {
        parcel.settled.set(i);
        if (parcel.session == session) {
            here.remove(parcel.key(i));
        }
        if (parcel.isSettled()) {
            parcels.remove(parcel);
        }
    }

    private void ack(List<Long> tags) {
        if (!tags.isEmpty()) {
            broker.ack(session, array(tags));
        }
    }

    private static long[] array(List<Long> tags) {
        return tags.stream().mapToLong(Long::longValue).toArray();
    }

    /** A consumer's items; answers what is left to hand out here. */
    List<Span> returned(Span span) {
        if (!(span.parcel() instanceof BrokerParcel parcel) || parcel.session == session) {
            return List.of(span);
        }
        List<Span> left = new ArrayList<>();
        List<Long> tags = new ArrayList<>();
        for (int i = span.from(); i < span.to(); i++) {
            if (parcel.isOurs(i)) {
                left.add(span.at(i));
                continue;
            }
            forget(parcel, i); // the broker delivers it again
            addRedelivered(parcel, i, tags);
        }
        giveBack(tags);
        return left;
    }

    private void giveBack(List<Long> tags) {
        if (!tags.isEmpty()) {
            broker.giveBack(session, array(tags));
        }
    }

    /** Ready items that came before that; answers how many went back. */
    int giveBackReady(long before) {
        List<Long> tags = new ArrayList<>();
        for (Span span : queue.ready.takeAll()) {
            if (!(span.parcel() instanceof BrokerParcel parcel) || parcel.receivedNanos > before) {
                queue.ready.addLast(span);
                continue;
            }
            for (int i = span.from(); i < span.to(); i++) {
                if (parcel.isOurs(i) || parcel.session != session) {
                    queue.ready.addLast(span.at(i));
                } else {
                    tags.add(parcel.tag(i));
                    goesUntouched(parcel, i, span.attempt());
                }
            }
        }
        giveBack(tags);
        return tags.size();
    }

    private void goesUntouched(BrokerParcel parcel, int i, int attempt) {
        forget(parcel, i);
        if (parcel.named && attempt == 1) {
            untouched.add(parcel.key(i));
        }
    }

    /** What a lost session had delivered and not been told of: of that, so much was ready here. */
    record Owed(int ready, int all) {}

    Owed lost(long which) {
        if (which != session) {
            return new Owed(0, 0);
        }
        int ready = 0;
        for (Span span : queue.ready.takeAll()) {
            for (int i = span.from(); i < span.to(); i++) {
                if (span.parcel() instanceof BrokerParcel parcel && !parcel.isOurs(i)) {
                    goesUntouched(parcel, i, span.attempt());
                    ready++;
                } else {
                    queue.ready.addLast(span.at(i));
                }
            }
        }
        int inHand =
                (int) lostInHand.values().stream().filter(tag -> tag != NO_TAG).count();
        lostInHand.replaceAll((id, tag) -> NO_TAG);
        here.clear();
        for (BrokerParcel parcel : parcels) {
            inHand += parcel.session == session ? parcel.count() - parcel.settled.cardinality() : 0;
            for (int i = 0; i < parcel.count() && parcel.named; i++) {
                if (!parcel.settled.get(i)) {
                    lostInHand.put(parcel.key(i), NO_TAG);
                }
            }
        }
        session = NO_SESSION;
        return new Owed(ready, ready + inHand);
    }

    // --- stay ----------------------------------------------------------------------------------

    /** The store takes what came before that and is in hand. */
    void keep(long before) {
        List<Span> items = new ArrayList<>();
        for (BrokerParcel parcel : parcels) {
            for (int i = 0; i < parcel.count() && parcel.receivedNanos <= before; i++) {
                if (!parcel.isOurs(i)) {
                    parcel.keeping.set(i);
                    items.add(new Span(parcel, i, i + 1, 1));
                }
            }
        }
        if (!items.isEmpty()) {
            queue.shared.database().enqueue(new KeepWork(queue, items));
        }
    }
}
