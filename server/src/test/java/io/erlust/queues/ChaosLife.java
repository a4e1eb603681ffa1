package io.erlust.queues;

import io.erlust.json.Lines;
import io.erlust.store.Database;
import io.erlust.store.DatabaseConfig;
import io.erlust.store.TestDatabases;
import io.erlust.time.MonotonicClock;
import io.erlust.time.Patience;
import io.erlust.time.WallClock;

import org.awaitility.Awaitility;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * A queue's life, by chance: producers, consumers and other programs, a broker that fails, servers
 * that stop and die. What must be true at its end is Jepsen's total queue, and that nothing is left
 * in any memory.
 */
final class ChaosLife implements AutoCloseable {
    private static final QueueName Q = new QueueName("work");
    private static final String ERROR = "{\"message\":\"broken\"}";
    private static final String PRODUCER = "chaos";

    private final Random random;
    private final SimulatedBroker broker;
    private final Duration hold;
    private final int steps;
    private DatabaseConfig config = TestDatabases.SQLITE.create();
    private Database database;
    private Queues queues;
    private final Thread world;
    private int deaths;
    private int count;

    /** Items of Erlust's own producers. */
    private final Set<String> attempted = ConcurrentHashMap.newKeySet();

    private final Set<String> confirmed = ConcurrentHashMap.newKeySet();

    /** Items that other programs have put. */
    private final Set<String> foreign = ConcurrentHashMap.newKeySet();

    /** Taken by other programs, or in their hands for a while: not known to Erlust. */
    private final Set<String> touched = ConcurrentHashMap.newKeySet();

    private final Map<String, Integer> got = new ConcurrentHashMap<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final List<Hand> hands = new ArrayList<>();
    private final List<Received> leased = new ArrayList<>();

    /** A consumer and what it was given. */
    private final class Hand implements Consumer {
        final ConcurrentLinkedQueue<Recorder.Item> came = new ConcurrentLinkedQueue<>();
        final ArrayDeque<Recorder.Item> inHand = new ArrayDeque<>();
        final CountDownLatch drained = new CountDownLatch(1);
        Subscription subscription;

        Hand(int window) {
            subscription = queues.subscribe(Q, this, "chaos-hand", window);
        }

        @Override
        public void deliver(Delivery delivery) {
            for (int k = 0; k < delivery.count(); k++) {
                came.add(new Recorder.Item(
                        delivery.ordinal() + k,
                        delivery.itemId(k),
                        new String(delivery.items().line(k), StandardCharsets.UTF_8),
                        delivery.attempt()));
            }
        }

        @Override
        public void drained() {
            Set<String> left = new TreeSet<>(confirmed);
            left.removeAll(got.keySet());
            left.removeAll(touched);
            if (!left.isEmpty()) {
                complaints.add("drained was said with " + some(left) + "; " + broker);
            }
            drained.countDown();
        }

        void take() {
            for (Recorder.Item item = came.poll(); item != null; item = came.poll()) {
                inHand.add(item);
            }
        }

        void ack(int most) {
            long last = 0;
            for (int i = 0; i < most && !inHand.isEmpty(); i++) {
                Recorder.Item item = inHand.removeFirst();
                got.merge(item.text(), 1, Integer::sum);
                last = item.ordinal();
            }
            if (last > 0) {
                subscription.ack(last);
            }
        }
    }

    ChaosLife(long seed) {
        random = new Random(seed);
        boolean halfOpen = random.nextBoolean();
        hold = Duration.ofMillis(halfOpen ? 400 : random.nextBoolean() ? 3 : 30);
        steps = 400 + random.nextInt(2500);
        broker = new SimulatedBroker(new Random(seed), halfOpen);
        openServer();
        world = Thread.ofPlatform().start(this::turn);
        queues.configure(Q, new QueueConfig(Backend.AMQP, 1_000_000, 1 << 30, 1000, Duration.ZERO));
        queues.addProducer(Q, PRODUCER);
    }

    private void openServer() {
        database = Database.open(config);
        queues = Queues.open(database, WallClock.system(), MonotonicClock.system(), broker, hold);
    }

    private BrokerBacklog backlog() {
        return (BrokerBacklog) queues.queue(Q).backlog();
    }

    private static String some(Set<String> items) {
        return items.size() + " items: " + items.stream().limit(10).toList();
    }

    // --- life ----------------------------------------------------------------------------------

    void live() throws InterruptedException {
        for (int i = 0; i < steps; i++) {
            act();
        }
        finish();
        world.interrupt();
        world.join();
    }

    private void turn() {
        try {
            while (true) {
                broker.step(true);
            }
        } catch (InterruptedException _) {
            // the end
        } catch (RuntimeException | Error e) {
            complaints.add("the broker's thread: " + e);
        }
    }

    private void act() {
        hands.forEach(Hand::take);
        int dice = random.nextInt(1000);
        if (dice < 120) {
            put();
        } else if (dice < 150) {
            publishElsewhere();
        } else if (dice < 170) {
            broker.take().ifPresent(this::tookElsewhere);
        } else if (dice < 185) {
            broker.hold().ifPresent(touched::add);
        } else if (dice < 220) {
            broker.giveBackElsewhere();
        } else if (dice < 270) {
            come();
        } else if (dice < 290) {
            leave();
        } else if (dice < 330) {
            fail();
        } else if (dice < 350) {
            lease();
        } else if (dice < 380) {
            endLease();
        } else if (dice < 383) {
            restart(false);
        } else if (dice < 385) {
            restart(true);
        } else if (dice < 395) {
            queues.removeProducer(Q, PRODUCER); // so it may be drained at any time
        } else if (dice < 460) {
            database.write(tx -> true); // time passes: a commit
        } else if (!hands.isEmpty()) {
            hands.get(random.nextInt(hands.size())).ack(1 + random.nextInt(8));
        }
    }

    private void put() {
        int n = 1 + random.nextInt(12);
        byte[][] lines = new byte[n][];
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            String text = Integer.toString(++count);
            texts.add(text);
            lines[i] = text.getBytes(StandardCharsets.UTF_8);
        }
        attempted.addAll(texts);
        var _ = queues.put(Q, Lines.of(lines)).whenComplete((_, why) -> {
            if (why == null) {
                confirmed.addAll(texts);
            }
        });
    }

    private void publishElsewhere() {
        String text = "[" + ++count + "]";
        if (random.nextInt(5) == 0) {
            broker.publish("bad " + count);
            foreign.add("bad " + count);
        } else {
            foreign.add(text);
            broker.publish(text);
        }
    }

    private void tookElsewhere(String text) {
        touched.add(text);
        got.merge("elsewhere " + text, 1, Integer::sum);
    }

    private void come() {
        hands.removeIf(hand -> hand.drained.getCount() == 0);
        if (hands.size() < 4) {
            hands.add(new Hand(1 + random.nextInt(40)));
        }
    }

    private void leave() {
        if (hands.isEmpty()) {
            return;
        }
        Hand hand = hands.remove(random.nextInt(hands.size()));
        hand.take();
        Recorder.Item item = hand.inHand.peekFirst();
        if (item == null || random.nextInt(3) == 0) {
            hand.subscription.end(OptionalLong.empty(), null);
        } else {
            hand.subscription.end(
                    OptionalLong.of(item.ordinal()), random.nextBoolean() ? ERROR : null);
        }
    }

    private void fail() {
        if (!hands.isEmpty()) {
            Hand hand = hands.get(random.nextInt(hands.size()));
            Recorder.Item item = hand.inHand.peekLast();
            if (item != null) {
                hand.inHand.removeLast();
                hand.subscription.fail(item.ordinal(), ERROR);
            }
        }
    }

    private void lease() {
        Duration lease = random.nextBoolean() ? Duration.ofMillis(2) : Duration.ofMinutes(1);
        if (backlog().items() == 0) {
            leased.addAll(queues.receive(Q, 1 + random.nextInt(9), Duration.ZERO, lease)
                    .items());
        }
    }

    private void endLease() {
        if (!leased.isEmpty()) {
            Received item = leased.remove(random.nextInt(leased.size()));
            String text = new String(item.item(), StandardCharsets.UTF_8);
            if (random.nextInt(4) == 0) {
                queues.nack(Q, item.receipt(), "no");
            } else {
                got.merge(text, 1, Integer::sum);
                if (!queues.ack(Q, item.receipt())) { // too late
                    got.computeIfPresent(text, (_, n) -> n == 1 ? null : n - 1);
                }
            }
        }
    }

    /** Stops in order, or dies: what is said to the broker from then on is not heard. */
    private void restart(boolean dies) {
        if (dies) {
            broker.cut();
        }
        deaths++;
        queues.close();
        database.close();
        hands.clear();
        leased.clear();
        openServer();
    }

    // --- the end -------------------------------------------------------------------------------

    private void finish() {
        broker.calmDown();
        queues.removeProducer(Q, PRODUCER);
        while (!leased.isEmpty()) {
            endLease();
        }
        List<Hand> all = new ArrayList<>(hands);
        all.add(new Hand(50));
        long until = System.nanoTime() + Patience.LONG.toNanos();
        while (all.stream().anyMatch(hand -> hand.drained.getCount() > 0)) {
            for (Hand hand : all) {
                hand.take();
                hand.ack(1000);
            }
            Thread.onSpinWait();
            if (System.nanoTime() > until) {
                complaints.add("not drained: " + queues.stats(Q) + ", " + broker);
                return;
            }
        }
        awaitCounters("at the end");
        queues.close();
        database.close();
        openServer();
        awaitCounters("after a restart");
    }

    private void awaitCounters(String when) {
        String[] last = {""};
        try {
            Awaitility.await().atMost(Patience.LONG).until(() -> {
                last[0] = counters();
                return last[0].isEmpty();
            });
        } catch (org.awaitility.core.ConditionTimeoutException _) {
            complaints.add(when + ": " + last[0]);
        }
    }

    private String counters() {
        QueueStats stats = queues.stats(Q).orElseThrow();
        long dead = queues.dead(Q, java.util.Optional.empty(), 1000).stream()
                .mapToLong(item -> item.item().length + 1)
                .sum();
        String wrong = "";
        wrong += stats.ready() == 0 ? "" : " ready " + stats.ready();
        wrong += stats.inHand() == 0 ? "" : " in_hand " + stats.inHand();
        wrong += stats.retrying() == 0 ? "" : " retrying " + stats.retrying();
        wrong += stats.bytes() == dead ? "" : " bytes " + stats.bytes() + " of dead " + dead;
        wrong += broker.left() == 0 ? "" : " broker " + broker;
        synchronized (queues.queue(Q)) {
            return wrong + (backlog().delivered.isEmpty() ? "" : " deliveries in memory");
        }
    }

    void end() {
        complaints.addAll(broker.faults());
        Set<String> all = new TreeSet<>(attempted);
        all.addAll(foreign);
        Map<String, Integer> seen = new HashMap<>();
        got.forEach((text, n) -> seen.merge(text.replace("elsewhere ", ""), n, Integer::sum));
        queues.dead(Q, java.util.Optional.empty(), 1000)
                .forEach(item -> seen.merge(
                        new String(item.item(), StandardCharsets.UTF_8).replace("\"", ""),
                        1,
                        Integer::sum));
        Set<String> lost = new TreeSet<>(confirmed);
        lost.addAll(foreign);
        lost.removeAll(seen.keySet());
        Set<String> unexpected = new TreeSet<>(seen.keySet());
        unexpected.removeAll(all);
        if (!lost.isEmpty()) {
            complaints.add("lost " + some(lost));
        }
        if (!unexpected.isEmpty()) {
            complaints.add("unexpected " + some(unexpected));
        }
        Set<String> twice = new TreeSet<>(attempted);
        twice.removeIf(text -> got.getOrDefault(text, 0) < 2);
        if (deaths == 0 && !twice.isEmpty()) {
            complaints.add("done twice without a death: " + some(twice));
        }
    }

    List<String> complaints() {
        return complaints;
    }

    @Override
    public void close() {
        queues.close();
        database.close();
    }
}
