package io.erlust.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;

import io.erlust.amqp.Publishing.Letter;
import io.erlust.amqp.Publishing.Pending;
import io.erlust.queues.BrokerUnavailable;
import io.erlust.time.MonotonicClock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * Publishes, in order, over a connection of its own, and answers when the broker has confirmed.
 * What was not confirmed when the connection is lost is published again, with the same message ids.
 * While the broker takes nothing, what is to be published waits here: so much, so long.
 */
final class Publisher implements Link.User {
    private static final Logger log = LoggerFactory.getLogger(Publisher.class);

    /** Sent and not confirmed, at most. */
    private static final int UNCONFIRMED_MAX = 4096;

    private static final int RETURNS_MAX = 3;
    private static final int REFUSALS_MAX = 10;
    private static final long REFUSED_NANOS = 100_000_000;
    private static final long REOPEN_NANOS = 200_000_000;

    private final Link link;
    private final Declarations declarations;
    private final Duration timeout;
    private final MonotonicClock clock;
    private final List<Preparation> preparations = new CopyOnWriteArrayList<>();

    /** Queues that were there when something was first published to them on this connection. */
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    // everything below is guarded by this
    private final Unsent unsent = new Unsent();

    /** By the number that the channel has given. */
    private final TreeMap<Long, Letter> unconfirmed = new TreeMap<>();

    private final Set<String> returned = new HashSet<>();
    private final Unanswered unanswered = new Unanswered();
    private long letters;
    private @Nullable Channel channel;
    private @Nullable String blocked;

    /** Why the broker ended a channel; until it takes something again. */
    private @Nullable String refusal;

    private boolean closed;

    Publisher(Link link, Declarations declarations, Duration timeout, MonotonicClock clock) {
        this.link = link;
        this.declarations = declarations;
        this.timeout = timeout;
        this.clock = clock;
    }

    void prepare(Preparation preparation) {
        preparations.add(preparation);
    }

    void start() {
        Thread.ofVirtual().name("amqp-publisher").start(this::work);
    }

    /** Completes when all are confirmed; fails with {@link BrokerUnavailable}. */
    CompletableFuture<@Nullable Void> publish(Publishing publishing) {
        Pending made = new Pending(publishing, clock.nanos() + timeout.toNanos());
        synchronized (this) {
            if (closed) {
                return refused("the server is stopping");
            }
            if (!unanswered.hasRoom(made)) {
                return refused(link.trouble()
                        .or(this::blocked)
                        .orElse("the broker is slow; as much as may wait is waiting for it"));
            }
            unanswered.add(made);
            for (Publishing.Message each : publishing.messages()) {
                unsent.add(new Letter(made, each, letters++));
            }
            notifyAll();
        }
        return made.confirmed;
    }

    private static CompletableFuture<@Nullable Void> refused(String why) {
        return CompletableFuture.failedFuture(new BrokerUnavailable(why));
    }

    private synchronized Optional<String> blocked() {
        return Optional.ofNullable(blocked != null ? blocked : refusal);
    }

    private synchronized void refused(ShutdownSignalException why) {
        refusal = Declarations.refusal(why).orElse(refusal);
    }

    /** Why nothing is published now. */
    Optional<String> trouble() {
        return link.trouble().or(this::blocked);
    }

    Optional<String> lastingTrouble() {
        return link.lastingTrouble().or(this::blocked);
    }

    @Override
    public void up(Connection connection) {
        connection.addBlockedListener(
                why -> block("the broker takes nothing now: " + why), () -> block(null));
        open(connection);
    }

    private void open(Connection connection) {
        try {
            Channel fresh = connection.createChannel();
            if (fresh == null) {
                throw new IOException("the broker allows no channel");
            }
            for (Preparation each : preparations) {
                each.on(fresh);
            }
            fresh.confirmSelect();
            fresh.addConfirmListener(
                    (tag, multiple) -> answered(fresh, tag, multiple, true),
                    (tag, multiple) -> answered(fresh, tag, multiple, false));
            fresh.addReturnListener(message -> returned(message.getProperties()));
            fresh.addShutdownListener(why -> {
                refused(why);
                lost(fresh);
            });
            use(fresh);
        } catch (IOException | RuntimeException e) {
            if (connection.isOpen()) { // else the link may be at the next one already
                link.reset(Reasons.of(e));
            }
        }
    }

    private synchronized void use(Channel fresh) {
        channel = fresh;
        known.clear();
        notifyAll();
        if (!fresh.isOpen()) {
            lost(fresh); // its listener was too early
        }
    }

    @Override
    public void down() {
        block(null);
        Channel last;
        synchronized (this) {
            last = channel;
        }
        if (last != null) {
            lost(last);
        }
    }

    private synchronized void block(@Nullable String why) {
        if (why != null) {
            log.warn("{}", why);
        } else if (blocked != null) {
            log.info("the broker takes messages again");
        }
        blocked = why;
        notifyAll();
    }

    /**
     * What it had not confirmed is published again, in its order. A channel that had something
     * returned ends too: a broker may still confirm by it, for a queue that was deleted, what it
     * has lost.
     */
    private synchronized void lost(Channel which) {
        if (!which.equals(channel)) {
            return;
        }
        channel = null;
        unconfirmed.values().forEach(unsent::add);
        unconfirmed.clear();
        returned.clear();
        if (which.getConnection().isOpen() && !closed) {
            Thread.ofVirtual().name("amqp-publisher").start(() -> reopen(which));
        }
        notifyAll();
    }

    private void reopen(Channel last) {
        Declarations.close(last);
        LockSupport.parkNanos(REOPEN_NANOS);
        open(last.getConnection());
    }

    private void answered(Channel by, long tag, boolean multiple, boolean stored) {
        List<Pending> done = new ArrayList<>();
        synchronized (this) {
            if (!by.equals(channel)) {
                return;
            }
            Map<Long, Letter> answered =
                    multiple ? unconfirmed.headMap(tag, true) : unconfirmed.subMap(tag, tag + 1);
            if (answered.values().stream().filter(this::isReturned).count() > 0) {
                lost(by);
                return;
            }
            refusal = stored ? null : refusal;
            answered.values().forEach(letter -> settle(letter, stored, done));
            answered.clear();
            notifyAll();
        }
        done.forEach(each -> each.answer(stored));
    }

    private boolean isReturned(Letter letter) {
        String id = letter.message.properties().getMessageId();
        boolean isReturned = !returned.isEmpty() && returned.remove(id);
        letter.returns += isReturned ? 1 : 0;
        return isReturned;
    }

    /** A refusal is that of one queue; when it stays it ends its own put: the others' go on. */
    private void settle(Letter letter, boolean stored, List<Pending> done) {
        Pending of = letter.pending;
        if (!stored && ++letter.refusals < REFUSALS_MAX) {
            postpone(letter);
            return;
        }
        of.open--;
        if ((of.open == 0 || !stored) && !of.ended) {
            unanswered.end(of);
            done.add(of);
        }
    }

    /** A queue that was made a moment ago, or has just changed hands, takes nothing yet. */
    private void postpone(Letter letter) {
        if (unsent.putOff(letter)) {
            long nanos = letter.refusals * REFUSED_NANOS;
            Thread.ofVirtual().name("amqp-publisher").start(() -> {
                LockSupport.parkNanos(nanos);
                resume(letter.address());
            });
        }
    }

    private synchronized void resume(String address) {
        unsent.resume(address);
        notifyAll();
    }

    /** It comes before the confirm of the same message. */
    private synchronized void returned(BasicProperties properties) {
        returned.add(properties.getMessageId());
    }

    private void work() {
        try {
            while (true) {
                Ready ready = next();
                if (ready == null) {
                    return;
                }
                send(ready);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private record Ready(Channel channel, Letter letter) {}

    private synchronized @Nullable Ready next() throws InterruptedException {
        while (!closed) {
            Letter first = unsent.first();
            Channel current = channel;
            if (first != null
                    && current != null
                    && blocked == null
                    && unconfirmed.size() < UNCONFIRMED_MAX) {
                return new Ready(current, first);
            }
            wait();
        }
        return null;
    }

    private void send(Ready ready) throws InterruptedException {
        Letter letter = ready.letter;
        Publishing of = letter.pending.publishing;
        try {
            if (of.mandatory() && known.add(letter.message.routingKey())) {
                declare(letter);
            }
            if (note(ready)) {
                BasicProperties properties = letter.message.properties();
                ready.channel.basicPublish(
                        of.exchange(),
                        letter.message.routingKey(),
                        of.mandatory(),
                        properties,
                        letter.message.body());
            }
        } catch (IOException | RuntimeException e) { // nobody else would publish any more
            log.debug("publishing: {}", e.toString());
            lost(ready.channel);
        }
    }

    /** Before it is sent, so that no answer can come too early. False: to be sent by another. */
    private synchronized boolean note(Ready ready) {
        if (!ready.channel.equals(channel) || !ready.letter.equals(unsent.first())) {
            return false;
        }
        unsent.remove(ready.letter);
        unconfirmed.put(ready.channel.getNextPublishSeqNo(), ready.letter);
        return true;
    }

    /** Before its first message on a connection; again when somebody has deleted it. */
    private void declare(Letter letter) {
        String queue = letter.message.routingKey();
        Optional<String> failure = declarations.declare(link, queue);
        if (letter.returns >= RETURNS_MAX) {
            String why = failure.orElse("what is published to it comes back");
            fail(
                    letter.pending,
                    "queue " + queue + " is not in the broker and can't be made: " + why);
        }
    }

    private void fail(Pending which, String why) {
        synchronized (this) {
            if (which.ended) {
                return;
            }
            unanswered.end(which);
        }
        fail(List.of(which), why);
    }

    private static void fail(List<Pending> all, String why) {
        all.forEach(each -> each.confirmed.completeExceptionally(new BrokerUnavailable(why)));
    }

    /** To be called now and then: what waits for too long fails. */
    void expire() {
        List<Pending> late;
        synchronized (this) {
            late = unanswered.endLate(clock.nanos());
            notifyAll();
        }
        String why = trouble().orElse("the broker did not confirm") + " (for " + timeout.toSeconds()
                + " s; some of it may be published)";
        fail(late, why);
    }

    /** What is not confirmed by now fails. */
    void close() {
        List<Pending> left;
        synchronized (this) {
            closed = true;
            left = unanswered.endAll();
            notifyAll();
        }
        fail(left, "the server is stopping");
    }
}
