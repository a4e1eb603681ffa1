package io.erlust.queues;

import io.erlust.json.Lines;

import java.time.Instant;

/**
 * Items handed to a consumer: neighbours of one parcel.
 *
 * @param ordinal the first item's number in its subscription: 1, 2, 3 … in the order of delivery
 * @param parcel item k of this delivery has the id {@code parcel + "." + (first + k)}
 * @param attempt 1 unless the items may have been handed out before
 */
public record Delivery(
        long ordinal, long parcel, int first, Lines items, Instant putAt, int attempt) {
    public int count() {
        return items.count();
    }

    public String itemId(int k) {
        return parcel + "." + (first + k);
    }
}
