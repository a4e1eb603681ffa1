package io.erlust.queues;

import io.erlust.json.Lines;

import java.util.BitSet;

/**
 * Items stored together, in memory while they are handed out: a row of {@code parcel}, or one item
 * of {@code failed_item} that has come due. {@code done} belongs to the writer thread.
 */
final class Parcel {
    final long id;
    final long putAt;
    final Lines items;

    /** The number of items[0] in its parcel: 0, but for a single item taken out of one. */
    final int first;

    /** How often this single item has failed; 0 for a whole parcel. */
    final int failures;

    final String history;
    final BitSet done;

    Parcel(long id, long putAt, Lines items, BitSet done) {
        this(id, putAt, items, 0, 0, "[]", done);
    }

    private Parcel(
            long id,
            long putAt,
            Lines items,
            int first,
            int failures,
            String history,
            BitSet done) {
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
        return new Parcel(id, putAt, Lines.of(body), position, failures, history, new BitSet());
    }

    boolean isSingle() {
        return failures > 0;
    }

    int count() {
        return items.count();
    }

    int bytes() {
        return items.bytes().length;
    }
}
