package io.erlust.queues;

import io.erlust.json.Json;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Items received over HTTP, for consumers that are no nodes. Each receive is a lease: what is not
 * acknowledged when it ends has failed an attempt. Leases live in memory: after a restart of the
 * server their items are ready again, and their receipts unknown.
 */
final class Leases {
    private static final Duration READ = Duration.ofSeconds(5);

    private final Map<String, Subscription> leases = new ConcurrentHashMap<>();
    private final SecureRandom random = new SecureRandom();

    Queues.Receipt receive(Queue queue, int max, Duration wait, Duration lease) {
        String id = HexFormat.of().formatHex(bytes());
        Collector collector = new Collector(id);
        Window all = new Window(max, max, queue.shared.clock().nanos());
        Subscription subscription = new Subscription(queue, collector, "lease:" + id, all);
        queue.add(subscription);
        // what is ready may first have to be read from the store: that is not waiting for items
        boolean drained =
                collector.await(queue.hasReady() && wait.compareTo(READ) < 0 ? READ : wait);
        subscription.pause();
        List<Received> items = collector.items();
        if (!items.isEmpty()) {
            leases.put(id, subscription);
            queue.shared.later(lease.toMillis(), () -> expire(id));
        }
        return new Queues.Receipt(items, drained && items.isEmpty());
    }

    private byte[] bytes() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return bytes;
    }

    private void expire(String id) {
        Subscription subscription = leases.remove(id);
        if (subscription != null) {
            subscription.failAll("{\"type\":\"lease_expired\","
                    + "\"message\":\"not acknowledged within its lease\"}");
            subscription.end(OptionalLong.empty(), "{}");
        }
    }

    /** False when the receipt is unknown: acknowledged before, or its lease has ended. */
    boolean ack(Queue queue, String receipt) {
        return settle(queue, receipt, Subscription::ackOne);
    }

    boolean fail(Queue queue, String receipt, String error) {
        String json = Json.text(Json.object().put("type", "nack").put("message", error));
        return settle(queue, receipt, (subscription, ordinal) -> subscription.fail(ordinal, json));
    }

    private interface Settling {
        boolean settle(Subscription subscription, long ordinal);
    }

    private boolean settle(Queue queue, String receipt, Settling settling) {
        int dash = receipt.indexOf('-');
        if (dash < 0 || !receipt.substring(dash + 1).matches("[0-9]{1,9}")) {
            return false;
        }
        String id = receipt.substring(0, dash);
        Subscription subscription = leases.get(id);
        if (subscription == null || !subscription.isOf(queue)) {
            return false;
        }
        boolean done = settling.settle(subscription, Long.parseLong(receipt.substring(dash + 1)));
        if (subscription.unacked() == 0) {
            leases.remove(id);
        }
        return done;
    }

    /** Takes the first items that come. */
    private static final class Collector implements Consumer {
        private final List<Received> items = new ArrayList<>(); // guarded by this
        private final CompletableFuture<Boolean> first = new CompletableFuture<>();
        private final String lease;

        Collector(String lease) {
            this.lease = lease;
        }

        @Override
        public synchronized void deliver(Delivery delivery) {
            for (int k = 0; k < delivery.count(); k++) {
                items.add(new Received(
                        lease + "-" + (delivery.ordinal() + k),
                        delivery.itemId(k),
                        delivery.attempt(),
                        delivery.putAt(),
                        delivery.items().line(k)));
            }
            first.complete(false);
        }

        @Override
        public void drained() {
            first.complete(true);
        }

        boolean await(Duration wait) {
            try {
                return first.get(wait.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                return false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            } catch (java.util.concurrent.ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }

        synchronized List<Received> items() {
            return List.copyOf(items);
        }
    }
}
