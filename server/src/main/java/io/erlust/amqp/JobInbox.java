package io.erlust.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.CancelCallback;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Delivery;

import io.erlust.queues.BrokerRefused;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The durable queue {@value #QUEUE}: each message is a job, submitted in its order, answered to its
 * {@code reply_to}, and acknowledged when the broker has the answer. A message that can't be taken
 * now goes back with all behind it, so that they stay in order. Fields without another word belong
 * to the mailbox.
 */
final class JobInbox implements Link.User {
    static final String QUEUE = "erlust.jobs";

    private static final Logger log = LoggerFactory.getLogger(JobInbox.class);

    /** Jobs are up to 16 MiB. */
    private static final int PREFETCH = 4;

    private static final long LATER_MS = 500;

    private final AmqpParts parts;
    private final JobDesk desk;
    private final Mailbox mailbox = new Mailbox("amqp-jobs");

    /** Messages that came; any thread. */
    private final AtomicLong came = new AtomicLong();

    private volatile boolean closed;
    private String trouble = "";

    private @Nullable Channel channel;
    private int unsettled;
    private final Ear ear = new Ear();

    JobInbox(AmqpParts parts, JobDesk desk) {
        this.parts = parts;
        this.desk = desk;
    }

    @Override
    public void up(Connection connection) {
        mailbox.post(this::open);
    }

    @Override
    public void down() {
        mailbox.post(() -> end(channel));
    }

    /** To be called now and then. */
    void look() {
        mailbox.post(this::lookNow);
    }

    /** Takes no more; what is not answered comes again, to another server or the next life. */
    CompletableFuture<@Nullable Void> close() {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        closed = true;
        mailbox.post(() -> {
            drop();
            done.complete(null);
        });
        return done;
    }

    private void open() {
        Connection connection = parts.consuming().connection();
        if (closed || connection == null || (channel != null && channel.isOpen())) {
            return;
        }
        end(channel);
        try {
            parts.declarations().declare(connection, QUEUE);
            begin(Declarations.open(connection));
            trouble = "";
        } catch (IOException | AlreadyClosedException e) {
            String why = Reasons.of(e);
            if (!why.equals(trouble)) {
                log.warn("{}: {}; it is tried again until it works", QUEUE, why);
                trouble = why;
            }
            drop();
            later();
        }
    }

    private void begin(Channel fresh) throws IOException {
        channel = fresh;
        ear.begin();
        fresh.addShutdownListener(_ -> mailbox.post(() -> reopenLater(fresh)));
        CancelCallback cancelled = _ -> mailbox.post(() -> reopenLater(fresh));
        fresh.basicQos(PREFETCH);
        fresh.basicConsume(
                QUEUE,
                false,
                (_, delivery) -> {
                    came.incrementAndGet();
                    mailbox.post(() -> take(fresh, delivery));
                },
                cancelled);
    }

    private void end(@Nullable Channel which) {
        if (which != null && which.equals(channel)) {
            channel = null;
            unsettled = 0;
        }
    }

    /** What it holds goes back to the broker, in its order. */
    private void reopenLater(@Nullable Channel which) {
        if (which != null && which.equals(channel)) {
            drop();
            later();
        }
    }

    private void drop() {
        Channel last = channel;
        end(last);
        if (last != null) {
            Declarations.close(last);
        }
    }

    private void later() {
        if (!closed) {
            parts.later(LATER_MS, () -> mailbox.post(this::open));
        }
    }

    private void take(Channel from, Delivery delivery) {
        if (!from.equals(channel)) {
            return; // it comes again
        }
        unsettled++;
        JobDesk.Reply reply = desk.submit(delivery.getBody());
        if (reply.isRetryLater()) {
            reopenLater(from);
            return;
        }
        long tag = delivery.getEnvelope().getDeliveryTag();
        BasicProperties asked = delivery.getProperties();
        String replyTo = asked.getReplyTo();
        if (replyTo == null || replyTo.isEmpty()) {
            if (reply.status() >= 400) {
                log.warn("{}: refused, and it has no reply_to: {}", QUEUE, reply.text());
            }
            acknowledge(from, tag);
            return;
        }
        // not mandatory: who does not wait for its answer any more has deleted the queue
        answer(from, tag, new Publishing("", false, List.of(answer(replyTo, asked, reply))));
    }

    /** As often as it takes: a job without an id that came again would be another job. */
    private void answer(Channel from, long tag, Publishing answer) {
        if (!from.equals(channel)) {
            return; // it comes again, and is answered again
        }
        var _ = parts.publisher().publish(answer).whenComplete((_, failure) -> {
            if (failure != null && !(failure instanceof BrokerRefused)) {
                log.debug("{}: not answered yet", QUEUE, failure);
                parts.later(LATER_MS, () -> mailbox.post(() -> answer(from, tag, answer)));
                return;
            }
            if (failure != null) {
                log.warn("{}: an answer was refused: {}", QUEUE, failure.getMessage());
            }
            mailbox.post(() -> acknowledge(from, tag));
        });
    }

    private static Publishing.Message answer(
            String to, BasicProperties asked, JobDesk.Reply reply) {
        BasicProperties properties = new BasicProperties.Builder()
                .contentType(reply.contentType())
                .correlationId(asked.getCorrelationId())
                .deliveryMode(Messages.PERSISTENT)
                .appId(Messages.APP)
                .headers(Map.of("status", reply.status()))
                .build();
        return new Publishing.Message(to, properties, reply.body());
    }

    private void acknowledge(Channel from, long tag) {
        if (!from.equals(channel)) {
            return; // it comes again, and is answered again
        }
        try {
            unsettled--;
            from.basicAck(tag, false);
        } catch (IOException | AlreadyClosedException e) {
            log.debug("{}: {}", QUEUE, e.toString());
            reopenLater(from);
        }
    }

    private void lookNow() {
        Channel current = channel;
        if (current == null || !current.isOpen()) {
            open();
            return;
        }
        if (ear.hasHeard(came.get())) {
            return;
        }
        try {
            if (ear.isDeaf(unsettled == 0 && current.messageCount(QUEUE) > 0)) {
                log.info("{}: messages wait and none comes; consuming anew", QUEUE);
                reopenLater(current);
            }
        } catch (IOException | AlreadyClosedException e) {
            log.debug("{}: {}", QUEUE, e.toString());
            reopenLater(current);
        }
    }
}
