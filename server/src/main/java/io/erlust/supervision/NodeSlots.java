package io.erlust.supervision;

/** How many nodes may be alive at once, and how many more may be started now. */
final class NodeSlots {
    private final int max;
    private final Runnable freed;

    /** Guarded by this. */
    private int taken;

    /** @param freed called after slots became free, without a lock */
    NodeSlots(int max, Runnable freed) {
        this.max = max;
        this.freed = freed;
    }

    int max() {
        return max;
    }

    synchronized int free() {
        return max - taken;
    }

    synchronized boolean take(int count) {
        if (count > max - taken) {
            return false;
        }
        taken += count;
        return true;
    }

    void release(int count) {
        synchronized (this) {
            taken -= count;
        }
        freed.run();
    }
}
