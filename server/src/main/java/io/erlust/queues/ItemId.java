package io.erlust.queues;

/**
 * An item's id.
 *
 * @param parcel what it came with; up to 18 digits
 * @param position its place there, from 0
 */
public record ItemId(long parcel, int position) {
    static ItemId of(Span item) {
        return new ItemId(item.parcel().id, item.parcel().first + item.from());
    }

    boolean isFollowedBy(ItemId next) {
        return next.parcel == parcel && next.position == position + 1;
    }
}
