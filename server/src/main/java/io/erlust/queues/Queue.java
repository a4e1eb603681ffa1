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
    static final Logger log = LoggerFactory.getLogger(Queue.class);

    final QueueShared shared;
    final long id;
    final QueueName name;
    private QueueConfig config;

    /** Ready items that are in memory; the others are in the backlog. */
    final ReadySpans ready = new ReadySpans();

    private Backlog backlog;
    private long inHand;
    private long retrying;
    private long dead;
    private long storedBytes;

    private final ArrayDeque<Subscription> subscriptions = new ArrayDeque<>();
    private final Set<String> producers = new HashSet<>();
    final DueItems due = new DueItems(this);

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
        this.backlog = backlog(config.backend(), counts.ready());
        this.retrying = counts.retrying();
        this.dead = counts.dead();
        this.storedBytes = counts.bytes();
    }

    private Backlog backlog(Backend backend, long stored) {
        return switch (backend) {
            case SQL -> new SqlBacklog(this, stored);
            case AMQP -> new BrokerBacklog(this);
        };
    }

    // --- put ---------------------------------------------------------------------------------

    CompletableFuture<@Nullable Void> put(Lines items) {
        if (items.count() == 0) {
            return CompletableFuture.completedFuture(null);
        }
        Put put = new Put(items);
        Runnable send;
        try {
            synchronized (this) {
                QueueFull full = full(put.count(), put.bytes());
                if (full != null) {
                    return CompletableFuture.failedFuture(full);
                }
                send = backlog.admit(put);
            }
        } catch (StoreException | BrokerUnavailable e) {
            return CompletableFuture.failedFuture(e);
        }
        send.run();
        return put.durable();
    }

    /** Null when so much more would fit. */
    synchronized @Nullable QueueFull full(long items, long bytes) {
        long itemsNow = items();
        long bytesNow = storedBytes + backlog.comingBytes();
        return itemsNow + items > config.itemsMax()
                ? new QueueFull(name, "items_max", config.itemsMax(), itemsNow)
                : bytesNow + bytes > config.bytesMax()
                        ? new QueueFull(name, "bytes_max", config.bytesMax(), bytesNow)
                        : null;
    }

    /** Of every kind. */
    private long items() {
        return readyItems() + inHand + retrying + dead + backlog.comingItems();
    }

    private long readyItems() {
        return ready.items() + backlog.items();
    }

    synchronized void countPut(int items) {
        putRate.add(shared.clock().nanos(), items);
    }

    /** So many bytes more are in the store, or fewer. */
    synchronized void stored(long bytes) {
        storedBytes += bytes;
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
        backlog.refill();
    }

    private boolean give(Subscription to) {
        long share = Math.ceilDiv(readyItems(), 2L * subscriptions.size());
        int n = to.room(share, ready.first());
        if (n == 0) {
            return false;
        }
        Span given = ready.take(n);
        inHand += n;
        to.give(given);
        return true;
    }

    /**
     * No item ready, in hand, waiting for a retry or on its way, and nobody who could still put. A
     * producer that itself waits here for an item, with none in hand, can't put: it does not count.
     */
    private boolean isDrained() {
        if (inHand + retrying + backlog.comingItems() > 0) {
            return false;
        }
        Set<String> waiting = new HashSet<>();
        subscriptions.stream()
                .filter(Subscription::isAsking)
                .forEach(each -> waiting.add(each.owner()));
        return !subscriptions.isEmpty() && waiting.containsAll(producers) && backlog.isEmpty();
    }

    // --- subscriptions -----------------------------------------------------------------------

    synchronized void add(Subscription subscription) {
        subscriptions.add(subscription);
        dispatch();
    }

    synchronized void remove(Subscription subscription) {
        subscriptions.remove(subscription);
        backlog.refill(); // what was read ahead for the last one is not to stay here
    }

    /** Items nobody finished go back to the front, in their order. */
    synchronized void giveBack(List<Span> spans) {
        spans.forEach(span -> inHand -= span.count());
        backlog.returned(spans).reversed().forEach(ready::addFirst);
        dispatch();
    }

    boolean hasSubscriptions() {
        return !subscriptions.isEmpty();
    }

    int subscriptions() {
        return subscriptions.size();
    }

    long inHand() {
        return inHand;
    }

    boolean hasRoom() {
        return subscriptions.stream().anyMatch(Subscription::hasRoom);
    }

    /** How many items all consumers together may have ahead. */
    int windows() {
        return subscriptions.stream().mapToInt(Subscription::windowSize).sum();
    }

    // --- acknowledge and fail ----------------------------------------------------------------

    synchronized void acknowledged(List<Span> spans, long freedBytes) {
        for (Span span : spans) {
            inHand -= span.count();
            ackRate.add(shared.clock().nanos(), span.count());
            due.forget(span);
        }
        storedBytes -= freedBytes;
        backlog.settled(spans);
        dispatch();
    }

    synchronized void failed(Span span, QueueRows.Failure failure, long freedBytes) {
        inHand -= 1;
        storedBytes -= freedBytes;
        due.forget(span);
        if (failure.dead()) {
            dead++;
        } else {
            retrying++;
            due.in(failure.dueAt() - failure.failedAt());
        }
        backlog.settled(List.of(span));
        dispatch();
    }

    // --- retries that come due ---------------------------------------------------------------

    /** At start, and when a retry is due. */
    synchronized void loadDue() {
        due.look(retrying > 0);
    }

    synchronized void dueLoaded(QueueRows.Due read, long nextInMillis) {
        for (Span span : due.loaded(read, nextInMillis)) {
            retrying--;
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
                readyItems(),
                inHand,
                retrying,
                dead,
                storedBytes,
                producers.size(),
                subscriptions.size(),
                putRate.perSecond(now),
                ackRate.perSecond(now),
                backlog.trouble());
    }

    synchronized boolean hasReady() {
        return readyItems() > 0;
    }

    synchronized QueueConfig config() {
        return config;
    }

    /**
     * @throws BackendConflict when it is to move elsewhere and is not empty, or somebody uses it
     */
    synchronized void configure(QueueConfig changed) {
        checkMove(changed.backend());
        if (changed.backend() != backlog.backend()) {
            backlog.leave();
            backlog = backlog(changed.backend(), 0);
        }
        config = changed;
    }

    /** Throws what {@link #configure} would. */
    synchronized void checkMove(Backend to) {
        long items = readyItems() + inHand + backlog.comingItems();
        boolean isUsed = items > 0 || !subscriptions.isEmpty();
        if (to != backlog.backend() && isUsed) {
            throw new BackendConflict(name, backlog.backend(), items, subscriptions.size());
        }
    }

    synchronized Backlog backlog() {
        return backlog;
    }

    /** Takes every ready item out of memory; the purge deletes them and the rest in the store. */
    synchronized List<Span> takeReady() {
        List<Span> taken = ready.takeAll();
        taken.forEach(span -> inHand += span.count());
        return taken;
    }

    /**
     * Items of a broker that were to be taken into the store.
     *
     * @param items all that were tried
     * @param kept those that are there now
     */
    synchronized void kept(List<Span> items, KeepWork.Kept kept) {
        items.forEach(item -> ((BrokerParcel) item.parcel()).keeping.clear(item.from()));
        kept.here().forEach(item -> storedBytes += item.bytes());
        backlog.settled(kept.here());
        backlog.settled(kept.before());
    }

    /** A bad item went straight to the dead ones. */
    synchronized void buried(long bytes) {
        dead++;
        storedBytes += bytes;
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
