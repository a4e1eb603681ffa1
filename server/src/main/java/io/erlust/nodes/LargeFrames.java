package io.erlust.nodes;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;

/**
 * The places for connections that have a large frame in memory. Without a bound on them a few dozen
 * nodes that send frames as large as is allowed would fill the heap. Who waits is served in order.
 */
final class LargeFrames {
    /** More of a frame than this is read only by who has a place. */
    static final int LARGE_BYTES = 512 << 10;

    /** One for all, because what the places bound is the heap, and a process has one heap. */
    static final LargeFrames OF_PROCESS = new LargeFrames(16, Duration.ofSeconds(10));

    /** How soon somebody who waits sees that he needs to wait no more; nothing tells him. */
    private static final long LOOK_MS = 200;

    private final Duration time;

    /** Who waits, the first one first. Guarded by this, as is the other field. */
    private final ArrayDeque<Object> waiting = new ArrayDeque<>();

    private int free;

    /** @param time how long a frame that has a place may take to come: no place is kept for ever */
    LargeFrames(int places, Duration time) {
        this.free = places;
        this.time = time;
    }

    Duration time() {
        return time;
    }

    /** Waits for a place; false when it is not needed any more. */
    synchronized boolean take(BooleanSupplier needless) throws InterruptedException {
        Object ticket = new Object();
        waiting.addLast(ticket);
        try {
            while (free == 0 || !ticket.equals(waiting.peekFirst())) {
                if (needless.getAsBoolean()) {
                    return false;
                }
                wait(LOOK_MS);
            }
            free--;
            return true;
        } finally {
            waiting.remove(ticket);
            notifyAll();
        }
    }

    synchronized void giveBack() {
        free++;
        notifyAll();
    }

    synchronized int free() {
        return free;
    }

    synchronized int waiting() {
        return waiting.size();
    }
}
