package io.erlust.queues;

/**
 * How many items a consumer may have ahead: about {@value #AHEAD_MS} ms of work by its measured
 * time an item, 1 when an item takes longer. Starts at 1 and at most doubles with each
 * acknowledgement, so a queue of heavy items is shared evenly from its first item.
 */
final class Window {
    static final int AHEAD_MS = 20;
    private static final double AHEAD_NANOS = AHEAD_MS * 1e6;

    /** What is worth a frame of its own near the end of a queue. */
    private static final double SHARE_NANOS = 2e6;

    private final int max;
    private int size;
    private double nanosAnItem;
    private long idleSince;

    Window(int max, int start, long now) {
        this.max = max;
        this.size = start;
        this.idleSince = now;
    }

    int size() {
        return size;
    }

    /** The fewest items worth handing out at once. */
    int shareMin() {
        return nanosAnItem == 0 ? 1 : Math.clamp((long) (SHARE_NANOS / nanosAnItem), 1, size);
    }

    /** Items were handed to a consumer that had none. */
    void busy(long now) {
        idleSince = now;
    }

    void acknowledged(int items, long now) {
        double each = Math.max(1, now - idleSince) / (double) items;
        nanosAnItem = nanosAnItem == 0 ? each : (nanosAnItem + each) / 2;
        idleSince = now;
        long wanted = (long) (AHEAD_NANOS / nanosAnItem);
        size = Math.clamp(wanted, 1, (int) Math.min(max, size * 2L));
    }
}
