package io.erlust.queues;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The failed items of a queue that come due again: a bounded number of them in memory, the others
 * in the store until there is room. Its fields are guarded by the queue's monitor.
 */
final class DueItems {
    /** How many due retries are in memory at once. */
    static final int ITEMS_MAX = 1000;

    /** And how many bytes of them. */
    static final long BYTES_MAX = 4L << 20;

    private static final long NEVER = Long.MAX_VALUE;
    private static final long RETRY_MS = 1000;

    private final Queue queue;
    private final Set<ItemId> inMemory = new HashSet<>();
    private long bytes;
    private boolean loading;

    /** More were due than there was room for. */
    private boolean more;

    /** When the store is looked at next; one timer a queue, however many items wait. */
    private long nextLook = NEVER;

    DueItems(Queue queue) {
        this.queue = queue;
    }

    /** Some item is due in so long. */
    void in(long millis) {
        long at = queue.shared.steadyMillis() + Math.max(0, millis);
        if (at < nextLook) {
            nextLook = at;
            queue.shared.later(Math.max(0, millis), queue::loadDue);
        }
    }

    /** The time has come; what was expected then may have been found earlier. */
    void look(boolean isAny) {
        nextLook = NEVER;
        if (isAny) {
            load();
        }
    }

    private void load() {
        if (!loading) {
            loading = true;
            queue.shared.database().enqueue(new DueWork(queue));
        }
    }

    /** Takes what was read; returns what is new in memory. */
    List<Span> loaded(QueueRows.Due due, long nextInMillis) {
        loading = false;
        more = due.more();
        List<Span> fresh = new ArrayList<>();
        for (Span span : due.spans()) {
            if (inMemory.add(ItemId.of(span))) {
                bytes += span.bytes();
                fresh.add(span);
            }
        }
        if (nextInMillis > 0) {
            in(nextInMillis);
        }
        return fresh;
    }

    void loadFailed() {
        loading = false;
        in(RETRY_MS);
    }

    /** These are acknowledged, or failed again. */
    void forget(Span span) {
        if (span.parcel().kind != Parcel.Kind.SINGLE) {
            return; // a broker may have delivered it too, with the same id
        }
        if (inMemory.remove(ItemId.of(span))) {
            bytes -= span.bytes();
        }
        if (more && inMemory.size() < ITEMS_MAX / 2 && bytes < BYTES_MAX / 2) {
            load();
        }
    }
}
