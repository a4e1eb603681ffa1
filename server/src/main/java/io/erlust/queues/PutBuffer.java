package io.erlust.queues;

import java.util.ArrayList;
import java.util.List;

/** Puts that were admitted and are not durable yet. Guarded by the queue's monitor. */
final class PutBuffer {
    private final List<Put> waiting = new ArrayList<>();
    private boolean scheduled;
    private long items;
    private long bytes;

    /** True when a work has to be submitted for it: the one before has begun. */
    boolean add(Put put) {
        waiting.add(put);
        items += put.count();
        bytes += put.bytes();
        boolean first = !scheduled;
        scheduled = true;
        return first;
    }

    /** All that wait, for the work that stores them. */
    List<Put> take() {
        List<Put> taken = List.copyOf(waiting);
        waiting.clear();
        scheduled = false;
        return taken;
    }

    /** So much is stored, or was refused. */
    void settled(long moreItems, long moreBytes) {
        items -= moreItems;
        bytes -= moreBytes;
    }

    long items() {
        return items;
    }

    long bytes() {
        return bytes;
    }
}
