package io.erlust.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;

import io.erlust.amqp.Publishing.Letter;
import io.erlust.amqp.Publishing.Pending;
import io.erlust.queues.BrokerRefused;
import io.erlust.queues.BrokerUnavailable;
import io.erlust.time.MonotonicClock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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

    private static final int REFUSALS_MAX = 10;
    private static final long REFUSED_NANOS = 100_000_000;
    private static final long REOPEN_NANOS = 200_000_000;
    private static final String STOPPING = "the server is stopping";

    private final Link link;
    private final Declarations declarations;
    private final Duration timeout;
    private final long stalledNanos;
    private final MonotonicClock clock;
    private final List<Preparation> preparations = new CopyOnWriteArrayList<>();

    /** Queues that were there when something was first published to them on this connection. */
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    // everything below is guarded by this
    private final Unsent unsent = new Unsent();

    private final Unconfirmed unconfirmed = new Unconfirmed();
    private final Unanswered unanswered = new Unanswered();
    private long letters;
    private @Nullable Channel channel;
    private @Nullable String blocked;

    /** Why the broker ended a channel; until it takes something again. */
    private @Nullable String refusal;

    private @Nullable Connection connection;
    private boolean closed;

    Publisher(
            Link link,
            Declarations declarations,
            Duration timeout,
            Duration stalled,
            MonotonicClock clock) {
        this.link = link;
        this.declarations = declarations;
        this.timeout = timeout;
        this.stalledNanos = stalled.toNanos();
        this.clock = clock;
    }

    void prepare(Preparation preparation) {
        preparations.add(preparation);
    }

    void start() {
        Thread.ofVirtual().name("amqp-publisher").start(this::work);
    }

    /**
     * Completes when all are confirmed; fails with {@link BrokerUnavailable}, or with
     * {@link BrokerRefused} when the broker ends the channel at a message: it is too long, say.
     */
    CompletableFuture<@Nullable Void> publish(Publishing publishing) {
        Pending made = new Pending(publishing, clock.nanos() + timeout.toNanos());
        synchronized (this) {
            if (closed || !unanswered.hasRoom(made)) {
                String slow = "the broker is slow; as much as may wait is waiting for it";
                made.fail(closed ? STOPPING : trouble().orElse(slow));
                return made.confirmed;
            }
            unanswered.add(made);
            for (Publishing.Message each : publishing.messages()) {
                unsent.add(new Letter(made, each, letters++));
            }
            notifyAll();
        }
        return made.confirmed;
    }

    private synchronized Optional<String> blocked() {
        return Optional.ofNullable(blocked != null ? blocked : refusal);
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
        synchronized (this) {
            this.connection = connection;
        }
        open(connection);
    }

    private void open(Connection on) {
        try {
            Channel fresh = Declarations.open(on);
            for (Preparation each : preparations) {
                each.on(fresh);
            }
            fresh.confirmSelect();
            fresh.addConfirmListener(
                    (tag, multiple) -> answered(fresh, tag, multiple, true),
                    (tag, multiple) -> answered(fresh, tag, multiple, false));
            fresh.addReturnListener(message -> returned(message.getProperties()));
            fresh.addShutdownListener(why -> ended(fresh, why));
            use(fresh);
        } catch (IOException | RuntimeException e) {
            if (on.isOpen()) { // else the link may be at the next one already
                link.reset(Reasons.of(e));
            }
        }
    }

    private synchronized void use(Channel fresh) {
        if (!fresh.getConnection().equals(connection)) {
            return; // it comes too late
        }
        channel = fresh;
        unconfirmed.moved(clock.nanos());
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
        unconfirmed.moved(clock.nanos());
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
        unconfirmed.takeAll().forEach(unsent::add);
        if (which.getConnection().isOpen() && !closed) {
            Thread.ofVirtual().name("amqp-publisher").start(() -> reopen(which));
        }
        notifyAll();
    }

    /** A channel that the broker ends, it ends because of a message. */
    private void ended(Channel which, ShutdownSignalException why) {
        Optional<String> said = Declarations.refusal(why);
        Optional<Letter> guilty = Optional.empty();
        synchronized (this) {
            if (said.isPresent() && which.equals(channel)) {
                guilty = unconfirmed.guilty(why);
                refusal = guilty.isPresent() ? null : said.get();
            }
            lost(which);
        }
        guilty.ifPresent(letter -> fail(letter.pending, new BrokerRefused(said.orElseThrow())));
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
            if (unconfirmed.hasReturned(tag, multiple)) {
                lost(by);
                return;
            }
            unconfirmed.moved(clock.nanos());
            refusal = stored ? null : refusal;
            unconfirmed.take(tag, multiple).forEach(letter -> settle(letter, stored, done));
            notifyAll();
        }
        done.forEach(each -> each.answer(stored));
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
            resumeAfter(letter.refusals * REFUSED_NANOS, letter.address());
        }
    }

    private void resumeAfter(long nanos, String address) {
        Thread.ofVirtual().name("amqp-publisher").start(() -> {
            LockSupport.parkNanos(nanos);
            resume(address);
        });
    }

    private synchronized void resume(String address) {
        unsent.resume(address);
        notifyAll();
    }

    private synchronized void returned(BasicProperties properties) {
        unconfirmed.returned(properties.getMessageId());
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
            if (first != null && current != null && blocked == null && unconfirmed.hasRoom()) {
                return new Ready(current, first);
            }
            wait();
        }
        return null;
    }

    private void send(Ready ready) throws InterruptedException {
        Letter letter = ready.letter;
        try {
            if (letter.isMandatory() && known.add(letter.message.routingKey())) {
                declare(letter);
            }
            if (note(ready)) {
                letter.send(ready.channel);
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
        unconfirmed.add(ready.channel.getNextPublishSeqNo(), ready.letter, clock.nanos());
        return true;
    }

    /** Before its first message on a connection; again when somebody has deleted it. */
    private void declare(Letter letter) {
        String queue = letter.message.routingKey();
        Optional<String> failure = declarations.declare(link, queue);
        if (letter.hasNoPlace()) {
            String why = "queue " + queue + " is not in the broker and can't be made: "
                    + failure.orElse("what is published to it comes back");
            fail(letter.pending, new BrokerUnavailable(why));
        }
    }

    private void fail(Pending which, RuntimeException why) {
        synchronized (this) {
            if (which.ended) {
                return;
            }
            unanswered.end(which);
        }
        which.confirmed.completeExceptionally(why);
    }

    /** To be called now and then: what waits for too long fails. */
    void expire() {
        List<Pending> late;
        String why = trouble().orElse("the broker did not confirm") + " (for " + timeout.toSeconds()
                + " s; some of it may be published)";
        synchronized (this) {
            late = unanswered.endLate(clock.nanos());
            unsent.dropEnded();
            refusal = unanswered.isEmpty() ? null : refusal; // nothing else would ask again
            notifyAll();
        }
        late.forEach(each -> each.fail(why));
        restStalled();
    }

    /**
     * A queue that takes nothing stops the connection in the broker, and all that comes after. It
     * is the oldest letter's: it rests, longer each time, and the others go on, on another.
     */
    private void restStalled() {
        Letter oldest;
        synchronized (this) {
            oldest = blocked == null ? unconfirmed.stalled(clock.nanos(), stalledNanos) : null;
            if (oldest == null) {
                return;
            }
            if (unsent.rest(oldest.address())) {
                resumeAfter(oldest.restNanos(stalledNanos), oldest.address());
            }
        }
        log.warn("{} takes nothing; others go first", oldest.address());
        link.reset("what was published to " + oldest.address() + " is not confirmed");
    }

    /** What is not confirmed by now fails. */
    void close() {
        List<Pending> left;
        synchronized (this) {
            closed = true;
            left = unanswered.endAll();
            notifyAll();
        }
        left.forEach(each -> each.fail(STOPPING));
    }
}
