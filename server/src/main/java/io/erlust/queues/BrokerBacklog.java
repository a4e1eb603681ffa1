package io.erlust.queues;

import io.erlust.queues.BrokerQueue.Message;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Ready items as messages of a broker. It delivers about twice what the consumers have room for;
 * each is acknowledged when it is done, failed into the store, or kept there because it takes long.
 * What nobody takes goes back. Its fields are guarded by the queue's monitor.
 */
final class BrokerBacklog implements Backlog, BrokerQueue.Receiver {
    /** No more messages than this are here at once, however small. */
    private static final int WINDOW_MAX = 8192;

    /** Nor about so many bytes, but for one message a consumer. */
    private static final long WINDOW_BYTES = 8L << 20;

    /** Messages may suddenly be longer than the window was made for. */
    private static final long READY_BYTES_MAX = 4 * WINDOW_BYTES;

    /** Consumers that come back within this find what was read ahead for those before. */
    private static final long LINGER_MS = 1000;

    private static final long LOOK_MS = 1000;
    private static final long LOOK_AGAIN_MS = 100;

    private final Queue queue;
    private final BrokerQueue broker;
    final Delivered delivered;

    private long comingItems;
    private long comingBytes;

    /** What the broker has for anybody: as it said last, and what has happened here since. */
    private long remote;

    private int window;
    private boolean lingering;

    /** What was read ahead had to go back: nothing more until somebody has room for it. */
    private boolean slow;

    private boolean ticking;

    /** Changes with everything that could make a queue not empty. */
    private long changes;

    private boolean looking;

    /** The broker has just said that it has nothing. */
    private boolean foundEmpty;

    /**
     * Messages of a lost session that have not come again: until its old connection is noticed to
     * be gone, the broker counts them nowhere.
     */
    private long owed;

    private long owedUntil;

    /** The mean of the latest messages. */
    private double bytesEach = 1000;

    BrokerBacklog(Queue queue) {
        this.queue = queue;
        this.broker = queue.shared.broker().open(queue.name, this);
        this.delivered = new Delivered(queue, broker);
    }

    @Override
    public Backend backend() {
        return Backend.AMQP;
    }

    @Override
    public long comingItems() {
        return comingItems;
    }

    @Override
    public long comingBytes() {
        return comingBytes;
    }

    @Override
    public long items() {
        return Math.max(0, remote);
    }

    @Override
    public Optional<String> trouble() {
        return broker.trouble();
    }

    // --- put ---------------------------------------------------------------------------------

    @Override
    public Runnable admit(Put put) {
        comingItems += put.count();
        comingBytes += put.bytes();
        return () -> {
            var _ = broker.put(put.items()).whenComplete((_, why) -> {
                ended(put, why);
                if (why == null) {
                    put.durable().complete(null);
                } else {
                    put.durable().completeExceptionally(why);
                }
            });
        };
    }

    private void ended(Put put, @Nullable Throwable why) {
        synchronized (queue) {
            comingItems -= put.count();
            comingBytes -= put.bytes();
            changes++;
            if (why == null) {
                remote += put.count();
                queue.countPut(put.count());
            }
            queue.dispatch();
        }
    }

    // --- is anything left? ---------------------------------------------------------------------

    @Override
    public boolean isEmpty() {
        if (owed > 0 && queue.shared.clock().nanos() - owedUntil < 0) {
            if (!looking) {
                looking = true;
                lookAgain(LOOK_AGAIN_MS);
            }
            return false;
        }
        if (!foundEmpty) {
            ask();
        }
        return foundEmpty;
    }

    private void lookAgain(long millis) {
        queue.shared.later(millis, () -> {
            synchronized (queue) {
                looking = false;
                queue.dispatch();
            }
        });
    }

    private void ask() {
        if (looking) {
            return;
        }
        looking = true;
        long asOf = changes;
        var _ = broker.count().whenComplete((count, why) -> {
            synchronized (queue) {
                if (why == null) {
                    remote = count;
                }
                if (why == null && count == 0 && changes == asOf) {
                    looking = false;
                    foundEmpty = true;
                    queue.dispatch();
                    foundEmpty = false; // another program may put at any time
                } else {
                    lookAgain(broker.trouble().isEmpty() ? LOOK_AGAIN_MS : LOOK_MS);
                }
            }
        });
    }

    @Override
    public boolean look() {
        try {
            long asOf;
            synchronized (queue) {
                asOf = changes;
            }
            long count = broker.count().get(LOOK_MS, TimeUnit.MILLISECONDS);
            synchronized (queue) {
                remote = changes == asOf ? count : remote;
            }
            return true;
        } catch (ExecutionException | TimeoutException _) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    // --- read ahead --------------------------------------------------------------------------

    @Override
    public void refill() {
        if (!queue.hasSubscriptions()) {
            linger();
            return;
        }
        if (slow && !queue.hasRoom()) {
            rest();
            return;
        }
        slow = false;
        int wanted = wanted();
        if (window < least() || wanted > window + window / 2 || wanted < window / 4) {
            window = wanted;
            broker.consume(wanted);
        }
    }

    /** Less than that, and what is in hand, leased perhaps, could keep everybody else waiting. */
    private long least() {
        return queue.inHand() + queue.subscriptions() + 1;
    }

    private int wanted() {
        long least = least();
        long most = Math.min(WINDOW_MAX, (long) (WINDOW_BYTES / bytesEach));
        return Math.clamp(
                queue.inHand() + queue.windows() + 2, (int) least, (int) Math.max(least, most));
    }

    private void rest() {
        if (window > 0) {
            window = 0;
            broker.consume(0);
        }
    }

    private void linger() {
        if (window > 0 && !lingering) {
            lingering = true;
            queue.shared.later(LINGER_MS, this::release);
        }
    }

    private void release() {
        synchronized (queue) {
            lingering = false;
            if (!queue.hasSubscriptions()) {
                rest();
                giveBackReady(Long.MAX_VALUE);
            }
        }
    }

    @Override
    public void received(long session, List<Message> messages) {
        Arrivals arrivals = Arrivals.sort(messages);
        synchronized (queue) {
            if (queue.backlog() != this) {
                return; // the queue has moved; they go back with the session
            }
            changes++;
            remote -= messages.size();
            for (Message message : messages) {
                bytesEach += (message.body().length - bytesEach) / 64;
                owed -= message.redelivered() && owed > 0 ? 1 : 0;
            }
            delivered.begin(session);
            long now = queue.shared.clock().nanos();
            long at = queue.shared.wall().now().toEpochMilli();
            delivered.group(arrivals.good(), now, at).forEach(queue.ready::addLast);
            arrivals.bad().forEach(bad -> delivered.bury(bad, at));
            if (window == 0) {
                giveBackReady(Long.MAX_VALUE); // they were on their way when all had left
            }
            tick();
            queue.dispatch();
            if (queue.ready.bytes() > READY_BYTES_MAX
                    && queue.ready.items() > queue.subscriptions()) {
                bytesEach = Math.max(bytesEach, meanBytes(messages));
                window = wanted();
                broker.renew(session, window);
            }
        }
    }

    private static double meanBytes(List<Message> messages) {
        return messages.stream()
                .mapToInt(message -> message.body().length)
                .average()
                .orElse(0);
    }

    @Override
    public void lost(long session, int unseen) {
        synchronized (queue) {
            changes++;
            Delivered.Owed lost = delivered.lost(session);
            remote += lost.ready();
            owed += lost.all() + unseen;
            owedUntil = queue.shared.clock().nanos() + queue.shared.hold().toNanos();
            queue.dispatch();
        }
    }

    // --- what is here for long -----------------------------------------------------------------

    private void tick() {
        if (!ticking) {
            ticking = true;
            queue.shared.later(queue.shared.hold().toMillis() / 3, () -> {
                synchronized (queue) {
                    ticking = false;
                    long oldest =
                            queue.shared.clock().nanos() - queue.shared.hold().toNanos();
                    slow |= giveBackReady(oldest) > 0;
                    delivered.keep(oldest);
                    refill();
                    if (!delivered.isEmpty()) {
                        tick();
                    }
                }
            });
        }
    }

    /** What nobody here has taken, and came before that, is for others to take. */
    private int giveBackReady(long before) {
        int given = delivered.giveBackReady(before);
        if (given > 0) {
            remote += given;
            owed += owed > 0 ? given : 0; // they come marked as redelivered, too
            changes++;
        }
        return given;
    }

    // --- the ends of items ---------------------------------------------------------------------

    @Override
    public void settled(List<Span> spans) {
        delivered.settled(spans);
    }

    @Override
    public List<Span> returned(List<Span> spans) {
        List<Span> here = new ArrayList<>();
        for (Span span : spans) {
            here.addAll(delivered.returned(span));
        }
        changes++;
        return here;
    }

    @Override
    public long purge() {
        long there = broker.purge().join();
        List<Span> taken;
        synchronized (queue) {
            remote = 0;
            taken = queue.takeReady();
        }
        queue.shared.database().write(new AckWork(queue, taken, queue::giveBack));
        return there + taken.stream().mapToLong(Span::count).sum();
    }

    @Override
    public void leave() {
        broker.close();
    }
}
