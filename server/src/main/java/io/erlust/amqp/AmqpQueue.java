package io.erlust.amqp;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.CancelCallback;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ChannelContinuationTimeoutException;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.GetResponse;

import io.erlust.json.Lines;
import io.erlust.queues.BrokerQueue;
import io.erlust.queues.BrokerUnavailable;
import io.erlust.queues.QueueName;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * One queue of the broker. It consumes on a channel of its own, one <em>session</em> from its
 * opening to its end. Fields without another word belong to the mailbox, which does everything that
 * may block.
 */
final class AmqpQueue implements BrokerQueue {
    private static final Logger log = LoggerFactory.getLogger(AmqpQueue.class);

    private final QueueName name;
    private final AmqpParts parts;
    private final Inbox inbox;
    private final Mailbox mailbox;
    private final Outcomes outcomes = new Outcomes(this::settle);

    /** How many the receiver wants; any thread. */
    private volatile int wanted;

    private volatile boolean closed;
    private volatile Optional<String> failure = Optional.empty();

    private @Nullable Channel channel;
    private long session;
    private Settled settled = new Settled();

    /** Of the consumer that runs; 0: none does. */
    private int window;

    private @Nullable String consumerTag;

    private final Retry retry;
    private final Ear ear = new Ear();

    AmqpQueue(QueueName name, AmqpParts parts, Receiver receiver) {
        this.name = name;
        this.parts = parts;
        this.inbox = new Inbox(receiver, this::renew);
        this.mailbox = new Mailbox("amqp-" + name);
        this.retry = new Retry(parts::later, mailbox, this::apply);
    }

    // --- put ---------------------------------------------------------------------------------

    @Override
    public CompletableFuture<@Nullable Void> put(Lines items) {
        return parts.publisher().publish(parts.messages().persistent(name, items));
    }

    @Override
    public Optional<String> trouble() {
        return parts.consuming()
                .lastingTrouble()
                .or(() -> failure)
                .or(parts.publisher()::lastingTrouble);
    }

    // --- consume -------------------------------------------------------------------------------

    @Override
    public void consume(int most) {
        wanted = most;
        mailbox.post(this::apply);
    }

    @Override
    public void renew(long of, int most) {
        wanted = most;
        inbox.stop(of);
        renew(of);
    }

    /** What came is handed over first: how long it is decides on the next window. */
    private void renew(long of) {
        mailbox.post(inbox::flush);
        mailbox.post(() -> reopen(of, "more came than may be kept"));
    }

    /** The connection is there, or there again. */
    void up() {
        mailbox.post(this::apply);
    }

    /** The connection is gone. */
    void down() {
        mailbox.post(this::endSession);
    }

    private void apply() {
        int most = wanted; // read once: a prefetch of 0 would be none at all
        if (isOpen() && most > 0 && window > 0) {
            resize();
            return;
        }
        if (most == window && (window == 0 || isOpen())) {
            return;
        }
        Connection connection = parts.consuming().connection();
        if (connection == null || closed || retry.isResting()) {
            return; // up() comes, or the retry
        }
        try {
            if (most > 0) {
                open(connection);
            }
            cancel();
            if (most > 0) {
                begin(most);
            }
            failure = Optional.empty();
            retry.worked();
        } catch (IOException | AlreadyClosedException e) {
            failed(e);
        }
    }

    /** When this one has all it may have; else what is on its way goes back, out of order. */
    private void resize() {
        int most = wanted;
        if (most == 0 || window == 0 || most == window || settled.open(inbox.seen()) < window) {
            return;
        }
        try {
            cancel();
            begin(most);
        } catch (IOException | AlreadyClosedException e) {
            failed(e);
        }
    }

    private boolean isOpen() {
        return channel != null && channel.isOpen();
    }

    private Channel open(Connection connection) throws IOException {
        Channel current = channel;
        if (current != null && current.isOpen()) {
            return current;
        }
        endSession();
        parts.declarations().declare(connection, name.value());
        Channel fresh = Declarations.open(connection);
        fresh.addShutdownListener(_ -> mailbox.post(() -> {
            if (fresh.equals(channel)) {
                endSession();
                apply();
            }
        }));
        channel = fresh;
        session = parts.sessions().incrementAndGet();
        settled = new Settled();
        ear.beginSession();
        inbox.begin(session);
        return fresh;
    }

    private void begin(int most) throws IOException {
        Channel current = channel;
        if (current == null) {
            return;
        }
        long of = session;
        CancelCallback cancelled = _ -> mailbox.post(() -> reopen(of, "the broker has cancelled"));
        settled.mark(inbox.seen());
        current.basicQos(most);
        consumerTag = current.basicConsume(
                name.value(),
                false,
                (_, each) -> inbox.add(of, Messages.message(name, each)),
                cancelled);
        window = most;
        ear.begin();
    }

    private void cancel() throws IOException {
        Channel current = channel;
        String tag = consumerTag;
        consumerTag = null;
        window = 0;
        if (current != null && tag != null && current.isOpen()) {
            current.basicCancel(tag);
        }
    }

    private void failed(Exception e) {
        failure = Optional.of("queue " + name + ": " + Reasons.of(e));
        log.debug("queue {}: {}", name, e.toString());
        if (e instanceof ChannelContinuationTimeoutException) {
            retry.rest();
            parts.consuming().reset("no answer for " + name);
        } else {
            drop();
            retry.soon();
        }
    }

    private void drop() {
        Channel current = channel;
        endSession();
        if (current != null) {
            Declarations.close(current);
        }
    }

    /** Everything that was delivered and not settled goes back, and comes again. */
    private void reopen(long of, String why) {
        if (of == session && channel != null) {
            log.info("queue {}: {}; consuming anew", name, why);
            drop();
            apply();
        }
    }

    private void endSession() {
        if (channel != null) {
            channel = null;
            consumerTag = null;
            window = 0;
            inbox.end(session);
        }
    }

    // --- settle --------------------------------------------------------------------------------

    @Override
    public void ack(long of, long[] tags) {
        tell(of, tags, true);
    }

    @Override
    public void giveBack(long of, long[] tags) {
        tell(of, tags, false);
    }

    private void tell(long of, long[] tags, boolean done) {
        if (outcomes.add(of, tags, done)) {
            mailbox.post(outcomes::settle);
        }
    }

    private void settle(long of, long[] done, long[] back) {
        Channel current = channel;
        if (of != session || current == null) {
            return; // they come again
        }
        try {
            resize();
            for (long tag : back) {
                current.basicNack(tag, false, true);
                settled.add(tag);
            }
            Settled.Acks acks = settled.acknowledge(done);
            if (acks.upTo() > 0) {
                current.basicAck(acks.upTo(), true);
            }
            for (long tag : acks.alone()) {
                current.basicAck(tag, false);
            }
        } catch (IOException | AlreadyClosedException e) {
            failed(e);
        }
    }

    // --- count and purge -----------------------------------------------------------------------

    @Override
    public CompletableFuture<Long> count() {
        return ask(this::countNow);
    }

    @Override
    public CompletableFuture<Long> purge() {
        return ask(connection -> {
            cancel();
            inbox.flush();
            long[] gone = {0};
            parts.declarations().declare(connection, name.value());
            Declarations.withChannel(
                    connection, each -> gone[0] = each.queuePurge(name.value()).getMessageCount());
            apply();
            return gone[0];
        });
    }

    private interface Question {
        long answer(Connection connection) throws IOException;
    }

    private CompletableFuture<Long> ask(Question question) {
        CompletableFuture<Long> answer = new CompletableFuture<>();
        mailbox.post(() -> {
            Connection connection = parts.consuming().connection();
            if (connection == null) {
                String why = parts.consuming().trouble().orElse("not connected");
                answer.completeExceptionally(new BrokerUnavailable(why));
                return;
            }
            try {
                answer.complete(question.answer(connection));
            } catch (IOException | RuntimeException e) { // whatever it is: somebody waits
                answer.completeExceptionally(new BrokerUnavailable(Reasons.of(e)));
            }
        });
        return answer;
    }

    private long countNow(Connection connection) throws IOException {
        Channel consuming = channel;
        if (consuming == null || !consuming.isOpen()) {
            long[] count = {0};
            parts.declarations().declare(connection, name.value());
            Declarations.withChannel(
                    connection, each -> count[0] = each.messageCount(name.value()));
            return count[0];
        }
        long count = consuming.messageCount(name.value());
        // The count may be of a moment ago, and its answer may have overtaken deliveries on their
        // way to this channel; two gets that find nothing can't both have.
        for (int i = 0; i < 2; i++) {
            if (count > 0 || got(consuming)) {
                return Math.max(count, 1);
            }
        }
        inbox.flush();
        return 0;
    }

    private boolean got(Channel consuming) throws IOException {
        GetResponse one = consuming.basicGet(name.value(), false);
        if (one != null) {
            inbox.add(session, Messages.message(name, one));
        }
        return one != null;
    }

    /**
     * To be called now and then: a consumer that has room, while messages wait and none comes, is
     * deaf, whatever the reason.
     */
    void listen() {
        if (wanted > 0) {
            mailbox.post(this::listenNow);
        }
    }

    private void listenNow() {
        if (window == 0) {
            retry.soon();
            return;
        }
        resize();
        Channel current = channel;
        long seen = inbox.seen();
        if (ear.hasHeard(seen) || current == null) {
            return;
        }
        try {
            boolean hasRoom = settled.open(seen) < window;
            if (ear.isDeaf(hasRoom && current.messageCount(name.value()) > 0)) {
                reopen(session, "messages wait and none comes");
            }
        } catch (IOException | AlreadyClosedException e) {
            failed(e);
        }
    }

    // --- end -----------------------------------------------------------------------------------

    @Override
    public void close() {
        closed = true;
        parts.forget(this);
        mailbox.post(this::drop);
    }

    /** Completes when all that was asked for before is done. */
    CompletableFuture<@Nullable Void> settledNow() {
        return mailbox.idle();
    }
}
