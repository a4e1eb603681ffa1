package io.erlust.queues;

import io.erlust.json.Lines;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * A broker in memory with one queue, and with everything that can go wrong: it loses sessions with
 * outcomes on their way, stores a message and does not say so, stores it twice, is down for a
 * while. It does something only in {@link #step}, what is a matter of chance. It outlives the
 * servers.
 */
final class SimulatedBroker implements Broker, BrokerQueue {
    /** What is asked of it; null: it goes on with what it was asked for before. */
    private interface Request {
        void run();
    }

    private record Stored(@Nullable ItemId id, byte[] body, boolean redelivered) {
        Stored again() {
            return new Stored(id, body, true);
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    private final Random random;
    private final List<String> faults = new ArrayList<>();

    // guarded by this
    private final ArrayDeque<Request> requests = new ArrayDeque<>();
    private final ArrayDeque<Runnable> confirms = new ArrayDeque<>();
    private final ArrayDeque<Stored> ready = new ArrayDeque<>();
    private final TreeMap<Long, Stored> unacked = new TreeMap<>();
    private final List<Stored> limbo = new ArrayList<>();
    private final List<Stored> elsewhere = new ArrayList<>();
    private final Map<Long, Integer> closedSessions = new HashMap<>();
    private @Nullable Receiver receiver;
    private int wanted;
    private long session;
    private long renewed;
    private long sessions;
    private long tag;
    private long nextId = 1L << 53;
    private boolean up = true;
    private boolean calm;
    private boolean halfOpen;

    SimulatedBroker(Random random, boolean halfOpen) {
        this.random = random;
        this.halfOpen = halfOpen;
    }

    // --- the port ------------------------------------------------------------------------------

    @Override
    public synchronized BrokerQueue open(QueueName name, Receiver receiver) {
        this.receiver = receiver;
        wanted = 0;
        session = 0;
        return this;
    }

    @Override
    public void make(QueueName name) {}

    @Override
    public boolean isConfigured() {
        return true;
    }

    private synchronized void post(Request request) {
        requests.add(request);
        notifyAll();
    }

    @Override
    public CompletableFuture<@Nullable Void> put(Lines items) {
        CompletableFuture<@Nullable Void> confirmed = new CompletableFuture<>();
        post(() -> store(items, confirmed));
        return confirmed;
    }

    private void store(Lines items, CompletableFuture<@Nullable Void> confirmed) {
        int fate = calm ? 9 : random.nextInt(12);
        int stored = fate == 0 ? random.nextInt(items.count() + 1) : items.count();
        for (int i = 0; i < stored; i++) {
            Stored message = new Stored(nextItemId(), items.line(i), false);
            ready.addLast(message);
            if (fate == 1 && random.nextBoolean()) {
                ready.addLast(message); // published again, as the connection was lost
            }
        }
        confirms.add(() -> {
            if (fate == 0) {
                confirmed.completeExceptionally(new BrokerUnavailable("not confirmed"));
            } else {
                confirmed.complete(null);
            }
        });
    }

    private ItemId nextItemId() {
        long id = nextId++;
        return new ItemId((1L << 53) + id / 40, (int) (id % 40));
    }

    @Override
    public synchronized void consume(int window) {
        wanted = window;
        notifyAll();
    }

    @Override
    public synchronized void renew(long of, int window) {
        wanted = window;
        renewed = of;
        notifyAll();
    }

    synchronized long renewed() {
        return renewed;
    }

    @Override
    public void ack(long of, long[] tags) {
        long[] copy = tags.clone();
        post(() -> settle(of, copy, true));
    }

    @Override
    public void giveBack(long of, long[] tags) {
        long[] copy = tags.clone();
        post(() -> settle(of, copy, false));
    }

    private void settle(long of, long[] tags, boolean done) {
        if (of != session) {
            if (!closedSessions.containsKey(of)) {
                faults.add("session " + of + " never was");
            }
            return;
        }
        List<Stored> back = new ArrayList<>();
        for (long each : tags) {
            Stored message = unacked.remove(each);
            if (message == null) {
                faults.add("PRECONDITION_FAILED: unknown tag " + each + " of " + of);
            } else if (!done) {
                back.add(message.again());
            }
        }
        back.reversed().forEach(ready::addFirst);
    }

    @Override
    public CompletableFuture<Long> count() {
        return ask(() -> (long) ready.size());
    }

    @Override
    public CompletableFuture<Long> purge() {
        return ask(() -> {
            long n = ready.size();
            ready.clear();
            return n;
        });
    }

    private CompletableFuture<Long> ask(java.util.function.Supplier<Long> question) {
        CompletableFuture<Long> answer = new CompletableFuture<>();
        post(() -> {
            boolean failed = !calm && random.nextInt(10) == 0;
            Long value = failed ? Long.valueOf(0) : question.get();
            confirms.add(() -> {
                if (failed) {
                    answer.completeExceptionally(new BrokerUnavailable("no answer"));
                } else {
                    answer.complete(value);
                }
            });
        });
        return answer;
    }

    @Override
    public synchronized Optional<String> trouble() {
        return up ? Optional.empty() : Optional.of("down");
    }

    /** Of the server: what it asked for before is done, unless it is {@link #cut} off. */
    @Override
    public void close() {
        synchronized (this) {
            while (!requests.isEmpty()) {
                requests.removeFirst().run();
            }
            cut();
        }
    }

    /** The server is about to die: what it says from here on nobody hears. */
    synchronized void cut() {
        requests.clear();
        confirms.clear();
        endSession();
        releaseLimbo();
        receiver = null;
        wanted = 0;
    }

    // --- what happens --------------------------------------------------------------------------

    /** From now on nothing more goes wrong, and other programs give back what they have. */
    synchronized void calmDown() {
        calm = true;
        up = true;
        releaseLimbo();
        while (!elsewhere.isEmpty()) {
            giveBackElsewhere();
        }
        notifyAll();
    }

    /** One thing happens; false when there is nothing to do now, and then it was waited for. */
    @SuppressWarnings("WaitNotInLoop") // the caller loops, and too early does no harm
    boolean step(boolean waiting) throws InterruptedException {
        Runnable outside;
        synchronized (this) {
            Runnable next = next();
            if (next == null) {
                if (waiting) {
                    wait(20);
                }
                return false;
            }
            outside = next;
        }
        outside.run();
        return true;
    }

    private @Nullable Runnable next() {
        if (session != 0 && session == renewed) {
            return lose();
        }
        int dice = calm ? 40 + random.nextInt(60) : random.nextInt(100);
        if (dice < 2) {
            up = !up;
            return up ? () -> {} : lose();
        }
        if (!up) {
            up = random.nextInt(20) == 0;
            return () -> {};
        }
        if (dice < 4) {
            return lose();
        }
        if (dice < 6) {
            releaseLimbo();
        }
        if (dice < 60 && !confirms.isEmpty()) {
            return confirms.removeFirst();
        }
        if (dice < 80 && !requests.isEmpty()) {
            requests.removeFirst().run();
            return () -> {};
        }
        Runnable delivery = deliver();
        if (delivery != null) {
            return delivery;
        }
        if (!confirms.isEmpty()) {
            return confirms.removeFirst();
        }
        if (requests.isEmpty()) {
            return null;
        }
        requests.removeFirst().run();
        return () -> {};
    }

    private @Nullable Runnable deliver() {
        Receiver to = receiver;
        if (to == null || wanted == 0 || ready.isEmpty() || unacked.size() >= wanted) {
            return null;
        }
        if (session == 0) {
            session = ++sessions;
            tag = 0;
        }
        int n = Math.min(Math.min(1 + random.nextInt(8), ready.size()), wanted - unacked.size());
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            Stored message = ready.removeFirst();
            unacked.put(++tag, message);
            messages.add(new Message(
                    tag, message.id, message.redelivered, random.nextInt(3), message.body));
        }
        long of = session;
        return () -> to.received(of, messages);
    }

    private Runnable lose() {
        long of = session;
        Receiver to = receiver;
        if (of == 0 || to == null) {
            return () -> {};
        }
        int unseen = halfOpen ? Math.min(ready.size(), random.nextInt(4)) : 0;
        for (int i = 0; i < unseen; i++) {
            unacked.put(++tag, ready.removeFirst());
        }
        endSession();
        if (!halfOpen) {
            releaseLimbo();
        }
        return () -> to.lost(of, unseen);
    }

    private void endSession() {
        if (session != 0) {
            closedSessions.put(session, unacked.size());
            limbo.addAll(unacked.values());
            unacked.clear();
            session = 0;
        }
    }

    /** The broker, too, has noticed that a session is over. */
    private void releaseLimbo() {
        for (Stored each : limbo.reversed()) {
            ready.addFirst(each.again());
        }
        limbo.clear();
    }

    // --- other programs --------------------------------------------------------------------------

    synchronized void publish(String body) {
        ready.addLast(new Stored(null, body.getBytes(StandardCharsets.UTF_8), false));
        notifyAll();
    }

    /** Takes a message for good; empty when there is none. */
    synchronized Optional<String> take() {
        return Optional.ofNullable(ready.pollFirst()).map(Stored::text);
    }

    /** Takes a message, to give it back later. */
    synchronized Optional<String> hold() {
        Optional<Stored> first = Optional.ofNullable(ready.pollFirst());
        first.ifPresent(elsewhere::add);
        return first.map(Stored::text);
    }

    synchronized void giveBackElsewhere() {
        if (!elsewhere.isEmpty()) {
            ready.addFirst(elsewhere.removeLast().again());
            notifyAll();
        }
    }

    // --- what is seen of it ----------------------------------------------------------------------

    synchronized List<String> faults() {
        return List.copyOf(faults);
    }

    /** How many messages it may deliver at once; 0: nobody consumes. */
    synchronized int wanted() {
        return wanted;
    }

    synchronized int left() {
        return ready.size() + unacked.size() + limbo.size() + elsewhere.size();
    }

    @Override
    public synchronized String toString() {
        return "ready " + ready.size() + ", unacked " + unacked.keySet() + ", limbo " + limbo.size()
                + ", elsewhere " + elsewhere.size() + ", wanted " + wanted + ", session " + session
                + ", up " + up + ", bodies "
                + ready.stream().limit(9).map(Stored::text).toList()
                + unacked.values().stream().limit(9).map(Stored::text).toList();
    }
}
