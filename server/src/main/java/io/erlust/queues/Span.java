package io.erlust.queues;

/**
 * Neighbouring items of a parcel, from (inclusive) to (exclusive), in the same situation.
 *
 * @param attempt what a consumer is told: 1, or more when the items may have been handed out before
 */
record Span(Parcel parcel, int from, int to, int attempt) {
    int count() {
        return to - from;
    }

    int bytes() {
        return parcel.items.ends()[to - 1] - parcel.items.start(from);
    }

    Span first(int n) {
        return new Span(parcel, from, from + n, attempt);
    }

    Span after(int n) {
        return new Span(parcel, from + n, to, attempt);
    }

    /** The item at an index of its parcel, alone. */
    Span at(int index) {
        return new Span(parcel, index, index + 1, attempt);
    }

    Span tried() {
        return new Span(parcel, from, to, attempt + 1);
    }
}
