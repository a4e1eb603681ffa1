package io.erlust.queues;

import io.erlust.json.Lines;
import io.erlust.store.StoreException;
import io.erlust.time.Rate;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * One queue: the counts, the little that is in memory, and who gets the next items. What is durable
 * is in the store and changes first; this object follows in {@code committed}. Its monitor guards
 * every field. Only a bounded look-ahead is in memory, so cost and heap do not depend on the
 * backlog.
 */
final class Queue {
    private static final Logger log = LoggerFactory.getLogger(Queue.class);

    /** How many bytes of ready items are read ahead of the consumers. */
    static final long LOOKAHEAD_BYTES = 2L << 20;

    private static final long RETRY_MS = 1000;

    final QueueShared shared;
    final long id;
    final QueueName name;
    private QueueConfig config;

    private final ReadySpans ready = new ReadySpans();

    /** The last parcel that is, or was, in memory; later ones are only in the store. */
    private long loadedUpTo;

    private long unloadedItems;
    private boolean loading;

    private long readyItems;
    private long inHand;
    private long retrying;
    private long dead;
    private long storedBytes;

    private final PutBuffer puts = new PutBuffer();
    private final ArrayDeque<Subscription> subscriptions = new ArrayDeque<>();
    private final Set<String> producers = new HashSet<>();
    private final DueItems due = new DueItems(this);

    /** Counts purges: what was read from the store before one is not added to memory after it. */
    private int purges;

    private final Rate putRate;
    private final Rate ackRate;

    Queue(
            QueueShared shared,
            long id,
            QueueName name,
            QueueConfig config,
            QueueRows.Counts counts) {
        this.shared = shared;
        this.id = id;
        this.name = name;
        this.config = config;
        this.putRate = new Rate(shared.clock().nanos());
        this.ackRate = new Rate(shared.clock().nanos());
        this.readyItems = counts.ready();
        this.unloadedItems = counts.ready();
        this.retrying = counts.retrying();
        this.dead = counts.dead();
        this.storedBytes = counts.bytes();
    }

    // --- put ---------------------------------------------------------------------------------

    CompletableFuture<@Nullable Void> put(Lines items) {
        if (items.count() == 0) {
            return CompletableFuture.completedFuture(null);
        }
        try {
            shared.database().requireSpace();
        } catch (StoreException e) {
            return CompletableFuture.failedFuture(e);
        }
        PutWork.Put put = new PutWork.Put(items);
        boolean schedule;
        synchronized (this) {
            QueueFull full = full(items.count(), items.bytes().length);
            if (full != null) {
                return CompletableFuture.failedFuture(full);
            }
            schedule = puts.add(put);
        }
        if (schedule) {
            shared.database().enqueue(new PutWork(this));
        }
        return put.durable();
    }

    /** Null when so much more would fit. */
    synchronized @Nullable QueueFull full(long items, long bytes) {
        long itemsNow = readyItems + inHand + retrying + dead + puts.items();
        long bytesNow = storedBytes + puts.bytes();
        return itemsNow + items > config.itemsMax()
                ? new QueueFull(name, "items_max", config.itemsMax(), itemsNow)
                : bytesNow + bytes > config.bytesMax()
                        ? new QueueFull(name, "bytes_max", config.bytesMax(), bytesNow)
                        : null;
    }

    synchronized List<PutWork.Put> takePuts() {
        return puts.take();
    }

    /** Whether new parcels can go to consumers without being read back from the store. */
    synchronized boolean isKeepingUp() {
        return unloadedItems == 0
                && !loading
                && !subscriptions.isEmpty()
                && ready.bytes() < LOOKAHEAD_BYTES;
    }

    synchronized int purges() {
        return purges;
    }

    synchronized void putCommitted(List<Parcel> parcels, boolean open, int asOfPurges) {
        boolean opened = open && purges == asOfPurges;
        for (Parcel parcel : parcels) {
            int count = parcel.count();
            puts.settled(count, parcel.bytes());
            readyItems += count;
            storedBytes += parcel.bytes();
            putRate.add(shared.clock().nanos(), count);
            if (opened) {
                ready.addLast(new Span(parcel, 0, count, 1));
                loadedUpTo = parcel.id;
            } else {
                unloadedItems += count;
            }
        }
        dispatch();
    }

    synchronized void putRolledBack(List<PutWork.Put> failed) {
        for (PutWork.Put put : failed) {
            puts.settled(put.items().count(), put.items().bytes().length);
        }
        dispatch();
    }

    // --- hand out ----------------------------------------------------------------------------

    /** Gives ready items to whoever has room, and ends the subscriptions when all is drained. */
    synchronized void dispatch() {
        int without = 0;
        while (!ready.isEmpty() && without < subscriptions.size()) {
            Subscription next = subscriptions.removeFirst();
            subscriptions.addLast(next);
            without = give(next) ? 0 : without + 1;
        }
        if (ready.isEmpty() && isDrained()) {
            List<Subscription> all = List.copyOf(subscriptions);
            subscriptions.clear();
            all.forEach(Subscription::drained);
        }
        loadMore();
    }

    private boolean give(Subscription to) {
        long share = Math.ceilDiv(readyItems, 2L * subscriptions.size());
        int n = to.room(share, ready.first());
        if (n == 0) {
            return false;
        }
        Span given = ready.take(n);
        readyItems -= n;
        inHand += n;
        to.give(given);
        return true;
    }

    /**
     * No item ready, in hand, waiting for a retry or on its way, and nobody who could still put. A
     * producer that itself waits here for an item, with none in hand, can't put: it does not count.
     */
    private boolean isDrained() {
        if (readyItems + inHand + retrying + puts.items() > 0) {
            return false;
        }
        if (producers.isEmpty()) {
            return true;
        }
        Set<String> waiting = new HashSet<>();
        subscriptions.stream()
                .filter(Subscription::isAsking)
                .forEach(each -> waiting.add(each.owner()));
        return waiting.containsAll(producers);
    }

    private void loadMore() {
        if (loading
                || unloadedItems == 0
                || ready.bytes() >= LOOKAHEAD_BYTES / 2
                || subscriptions.isEmpty()) {
            return;
        }
        loading = true;
        shared.database().enqueue(new LoadWork(this));
    }

    synchronized long loadAfter() {
        return loadedUpTo;
    }

    synchronized void loaded(QueueRows.Loaded loaded, int asOfPurges) {
        loading = false;
        if (purges != asOfPurges) {
            dispatch();
            return;
        }
        loadedUpTo = Math.max(loadedUpTo, loaded.lastId());
        for (Span span : loaded.spans()) {
            unloadedItems -= span.count();
            ready.addLast(span);
        }
        if (loaded.spans().isEmpty() && unloadedItems != 0) {
            log.error("queue {}: {} items counted but not found", name, unloadedItems);
            readyItems -= unloadedItems;
            unloadedItems = 0;
        }
        dispatch();
    }

    void loadFailed() {
        shared.later(RETRY_MS, () -> {
            synchronized (this) {
                loading = false;
                dispatch();
            }
        });
    }

    // --- subscriptions -----------------------------------------------------------------------

    synchronized void add(Subscription subscription) {
        subscriptions.add(subscription);
        dispatch();
    }

    synchronized void remove(Subscription subscription) {
        subscriptions.remove(subscription);
    }

    /** Items nobody finished go back to the front, in their order. */
    synchronized void giveBack(List<Span> spans) {
        for (Span span : spans.reversed()) {
            ready.addFirst(span);
            readyItems += span.count();
            inHand -= span.count();
        }
        dispatch();
    }

    // --- acknowledge and fail ----------------------------------------------------------------

    synchronized void acknowledged(List<Span> spans, long freedBytes) {
        for (Span span : spans) {
            inHand -= span.count();
            ackRate.add(shared.clock().nanos(), span.count());
            forget(span);
        }
        storedBytes -= freedBytes;
        dispatch();
    }

    private void forget(Span span) {
        if (span.parcel().isSingle()) {
            due.forget(span);
        }
    }

    synchronized void failed(Span span, QueueRows.Failure failure, long freedBytes) {
        inHand -= 1;
        storedBytes -= freedBytes;
        forget(span);
        if (failure.dead()) {
            dead++;
        } else {
            retrying++;
            due.in(failure.dueAt() - failure.failedAt());
        }
        dispatch();
    }

    // --- retries that come due ---------------------------------------------------------------

    /** At start, and when a retry is due. */
    synchronized void loadDue() {
        if (retrying > 0) {
            due.load();
        }
    }

    synchronized void dueLoaded(QueueRows.Due read, long nextInMillis) {
        for (Span span : due.loaded(read, nextInMillis)) {
            retrying--;
            readyItems++;
            ready.addLast(span);
        }
        dispatch();
    }

    synchronized void dueFailed() {
        due.loadFailed();
    }

    // --- producers ---------------------------------------------------------------------------

    /** True when it was not one before. */
    synchronized boolean addProducer(String producer) {
        return producers.add(producer);
    }

    synchronized boolean removeProducer(String producer) {
        boolean was = producers.remove(producer);
        if (was) {
            dispatch();
        }
        return was;
    }

    synchronized Set<String> producers() {
        return Set.copyOf(producers);
    }

    // --- look at, configure, purge -----------------------------------------------------------

    synchronized QueueStats stats() {
        long now = shared.clock().nanos();
        return new QueueStats(
                name,
                config,
                readyItems,
                inHand,
                retrying,
                dead,
                storedBytes,
                producers.size(),
                subscriptions.size(),
                putRate.perSecond(now),
                ackRate.perSecond(now));
    }

    synchronized boolean hasReady() {
        return readyItems > 0;
    }

    synchronized QueueConfig config() {
        return config;
    }

    synchronized void configure(QueueConfig changed) {
        config = changed;
    }

    /** Takes every ready item out of memory; the purge deletes them and the rest in the store. */
    synchronized List<Span> takeReady() {
        List<Span> taken = ready.takeAll();
        purges++;
        for (Span span : taken) {
            readyItems -= span.count();
            inHand += span.count();
        }
        return taken;
    }

    synchronized void purged(long items, long bytes) {
        unloadedItems -= items;
        readyItems -= items;
        storedBytes -= bytes;
        dispatch();
    }

    synchronized void deadRetried(long items) {
        dead -= items;
        retrying += items;
    }

    synchronized void deadPurged(long items, long bytes) {
        dead -= items;
        storedBytes -= bytes;
    }
}
