package io.erlust.queues;

import io.erlust.time.Patience;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A consumer for tests: remembers deliveries, hands them out one item at a time. */
final class Recorder implements Consumer {
    record Item(long ordinal, String id, String text, int attempt) {}

    private static final Item DRAINED = new Item(-1, "", "", 0);

    private final LinkedBlockingQueue<Item> items = new LinkedBlockingQueue<>();

    @Override
    public void deliver(Delivery delivery) {
        for (int k = 0; k < delivery.count(); k++) {
            String text = new String(delivery.items().line(k), StandardCharsets.UTF_8);
            items.add(
                    new Item(delivery.ordinal() + k, delivery.itemId(k), text, delivery.attempt()));
        }
    }

    @Override
    public void drained() {
        items.add(DRAINED);
    }

    /** The next item; fails when drained comes instead, or nothing for long. */
    Item next() throws InterruptedException {
        Item item = items.poll(Patience.SECONDS, TimeUnit.SECONDS);
        if (item == null || item.equals(DRAINED)) {
            throw new AssertionError(item == null ? "nothing came" : "drained came, not an item");
        }
        return item;
    }

    void awaitDrained() throws InterruptedException {
        Item item = items.poll(Patience.SECONDS, TimeUnit.SECONDS);
        if (!DRAINED.equals(item)) {
            throw new AssertionError("expected drained, got " + item);
        }
    }

    boolean isIdle() {
        return items.isEmpty();
    }

    /** Acknowledges item by item until drained; returns what came. */
    List<Item> drain(Subscription subscription) throws InterruptedException {
        List<Item> all = new ArrayList<>();
        while (true) {
            Item item = items.poll(Patience.SECONDS, TimeUnit.SECONDS);
            if (item == null) {
                throw new AssertionError("nothing came after " + all.size() + " items");
            }
            if (item.equals(DRAINED)) {
                return all;
            }
            all.add(item);
            subscription.ack(item.ordinal());
        }
    }
}
