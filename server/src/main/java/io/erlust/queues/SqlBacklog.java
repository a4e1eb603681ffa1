package io.erlust.queues;

import java.util.List;
import java.util.Optional;

/**
 * Ready items as parcels in the store: put by {@link PutWork}, read ahead by {@link LoadWork}. Only
 * a bounded look-ahead is in memory, so cost and heap do not depend on the backlog. Its fields are
 * guarded by the queue's monitor.
 */
final class SqlBacklog implements Backlog {
    /** How many bytes of ready items are read ahead of the consumers. */
    static final long LOOKAHEAD_BYTES = 2L << 20;

    private static final long RETRY_MS = 1000;

    final Queue queue;
    private final PutBuffer puts = new PutBuffer();

    /** The last parcel that is, or was, in memory; later ones are only in the store. */
    private long loadedUpTo;

    private long unloadedItems;
    private boolean loading;

    /** Counts purges: what was read from the store before one is not added to memory after it. */
    private int purges;

    SqlBacklog(Queue queue, long items) {
        this.queue = queue;
        this.unloadedItems = items;
    }

    @Override
    public Backend backend() {
        return Backend.SQL;
    }

    @Override
    public long comingItems() {
        return puts.items();
    }

    @Override
    public long comingBytes() {
        return puts.bytes();
    }

    @Override
    public long items() {
        return unloadedItems;
    }

    @Override
    public boolean isEmpty() {
        return unloadedItems == 0;
    }

    // --- put ---------------------------------------------------------------------------------

    @Override
    public Runnable admit(Put put) {
        queue.shared.database().requireSpace();
        return puts.add(put)
                ? () -> queue.shared.database().enqueue(new PutWork(this))
                : () -> {}; // the work that waits takes this put too
    }

    List<Put> takePuts() {
        synchronized (queue) {
            return puts.take();
        }
    }

    /** Whether new parcels can go to consumers without being read back from the store. */
    boolean isKeepingUp() {
        synchronized (queue) {
            return unloadedItems == 0
                    && !loading
                    && queue.hasSubscriptions()
                    && queue.ready.bytes() < LOOKAHEAD_BYTES;
        }
    }

    int purges() {
        synchronized (queue) {
            return purges;
        }
    }

    void putCommitted(List<Parcel> parcels, boolean open, int asOfPurges) {
        synchronized (queue) {
            boolean opened = open && purges == asOfPurges;
            for (Parcel parcel : parcels) {
                int count = parcel.count();
                puts.settled(count, parcel.bytes());
                queue.stored(parcel.bytes());
                queue.countPut(count);
                if (opened) {
                    queue.ready.addLast(new Span(parcel, 0, count, 1));
                    loadedUpTo = parcel.id;
                } else {
                    unloadedItems += count;
                }
            }
            queue.dispatch();
        }
    }

    void putRolledBack(List<Put> failed) {
        synchronized (queue) {
            failed.forEach(put -> puts.settled(put.count(), put.bytes()));
            queue.dispatch();
        }
    }

    // --- read ahead --------------------------------------------------------------------------

    @Override
    public void refill() {
        if (loading
                || unloadedItems == 0
                || queue.ready.bytes() >= LOOKAHEAD_BYTES / 2
                || !queue.hasSubscriptions()) {
            return;
        }
        loading = true;
        queue.shared.database().enqueue(new LoadWork(this));
    }

    long loadAfter() {
        synchronized (queue) {
            return loadedUpTo;
        }
    }

    void loaded(QueueRows.Loaded loaded, int asOfPurges) {
        synchronized (queue) {
            loading = false;
            if (purges == asOfPurges) {
                take(loaded);
            }
            queue.dispatch();
        }
    }

    private void take(QueueRows.Loaded loaded) {
        loadedUpTo = Math.max(loadedUpTo, loaded.lastId());
        for (Span span : loaded.spans()) {
            unloadedItems -= span.count();
            queue.ready.addLast(span);
        }
        if (loaded.spans().isEmpty() && unloadedItems != 0) {
            Queue.log.error("queue {}: {} items counted but not found", queue.name, unloadedItems);
            unloadedItems = 0;
        }
    }

    void loadFailed() {
        queue.shared.later(RETRY_MS, () -> {
            synchronized (queue) {
                loading = false;
                queue.dispatch();
            }
        });
    }

    // --- the rest ----------------------------------------------------------------------------

    @Override
    public void settled(List<Span> spans) {}

    @Override
    public List<Span> returned(List<Span> spans) {
        return spans;
    }

    @Override
    public long purge() {
        return queue.shared.database().write(new PurgeWork(queue, this));
    }

    /** What is read from the store from here on comes after the purge. */
    void purging() {
        synchronized (queue) {
            purges++;
        }
    }

    void purged(long items, long bytes) {
        synchronized (queue) {
            unloadedItems -= items;
            queue.stored(-bytes);
            queue.dispatch();
        }
    }

    @Override
    public boolean look() {
        return true;
    }

    @Override
    public Optional<String> trouble() {
        return Optional.empty();
    }

    @Override
    public void leave() {}
}
