package io.erlust.queues;

import io.erlust.json.Lines;

import java.util.BitSet;

/**
 * Items that came together, in memory while they are handed out: a row of {@code parcel}, one item
 * of {@code failed_item} that has come due, or what a broker delivered. {@code done} belongs to the
 * writer thread.
 */
sealed class Parcel permits BrokerParcel {
    /** Where they are while they are in memory. */
    enum Kind {
        STORED,
        SINGLE,
        BROKER
    }

    final long id;
    final long putAt;
    final Lines items;

    /** The number of items[0] in its parcel: 0 for a row of {@code parcel}. */
    final int first;

    final Kind kind;

    /** How often this single item has failed; 0 for a whole parcel. */
    final int failures;

    final String history;
    final BitSet done;

    Parcel(long id, long putAt, Lines items, BitSet done) {
        this(id, putAt, items, 0, 0, "[]", Kind.STORED, done);
    }

    Parcel(
            long id,
            long putAt,
            Lines items,
            int first,
            int failures,
            String history,
            Kind kind,
            BitSet done) {
        this.kind = kind;
        this.id = id;
        this.putAt = putAt;
        this.items = items;
        this.first = first;
        this.failures = failures;
        this.history = history;
        this.done = done;
    }

    static Parcel single(
            long id, int position, long putAt, byte[] body, int failures, String history) {
        Lines item = Lines.of(body);
        return new Parcel(id, putAt, item, position, failures, history, Kind.SINGLE, new BitSet());
    }

    boolean isStored() {
        return kind == Kind.STORED;
    }

    int count() {
        return items.count();
    }

    int bytes() {
        return items.bytes().length;
    }
}
