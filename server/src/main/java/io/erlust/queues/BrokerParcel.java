package io.erlust.queues;

import io.erlust.json.Lines;

import java.util.BitSet;

/**
 * Items that a broker delivered one after the other and has not been told the end of. They are the
 * broker's until then, but for those kept in the store meanwhile.
 */
final class BrokerParcel extends Parcel {
    /** The delivery they came with, and the tag of the first; the others follow. */
    final long session;

    final long firstTag;

    /** Whether their ids came with them, so they are known again when they are redelivered. */
    final boolean named;

    final long receivedNanos;

    /** What the broker need not be told any more. Guarded by the queue's monitor. */
    final BitSet settled = new BitSet();

    /** What is on its way to a row of its own. Guarded by the queue's monitor. */
    final BitSet keeping = new BitSet();

    /** What has a row of its own in {@code failed_item}. Belongs to the writer thread. */
    final BitSet kept = new BitSet();

    BrokerParcel(ItemId first, Lines items, long putAt, Origin origin) {
        super(first.parcel(), putAt, items, first.position(), 0, "[]", Kind.BROKER, new BitSet());
        this.session = origin.session();
        this.firstTag = origin.firstTag();
        this.named = origin.named();
        this.receivedNanos = origin.receivedNanos();
    }

    record Origin(long session, long firstTag, boolean named, long receivedNanos) {}

    long tag(int index) {
        return firstTag + index;
    }

    ItemId key(int index) {
        return new ItemId(id, first + index);
    }

    /** Whether it is the broker's no more, or perhaps not in a moment. */
    boolean isOurs(int index) {
        return settled.get(index) || keeping.get(index);
    }

    boolean isSettled() {
        return settled.cardinality() == count();
    }
}
