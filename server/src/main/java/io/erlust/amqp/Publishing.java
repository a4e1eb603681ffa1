package io.erlust.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;

import io.erlust.queues.BrokerUnavailable;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Messages that are to be published together and answered together.
 *
 * @param exchange "" is the default one, where the routing key is a queue's name
 * @param mandatory it must reach a queue, which is made if it is missing
 */
record Publishing(String exchange, boolean mandatory, List<Message> messages) {
    private static final long MESSAGE_BYTES = 300;

    record Message(String routingKey, BasicProperties properties, byte[] body) {}

    /** What it takes in memory, about. */
    long bytes() {
        return messages.stream()
                .mapToLong(message -> message.body().length + MESSAGE_BYTES)
                .sum();
    }

    /** On its way. Guarded by the publisher's lock. */
    static final class Pending {
        final Publishing publishing;
        final long bytes;
        final long deadlineNanos;
        final CompletableFuture<@Nullable Void> confirmed = new CompletableFuture<>();

        /** Of its messages, how many the broker has not confirmed. */
        int open;

        /** Answered already: what the broker says of it changes nothing. */
        boolean ended;

        Pending(Publishing publishing, long deadlineNanos) {
            this.publishing = publishing;
            this.bytes = publishing.bytes();
            this.deadlineNanos = deadlineNanos;
            this.open = publishing.messages().size();
        }

        /** Not under the lock. */
        void answer(boolean stored) {
            if (stored) {
                confirmed.complete(null);
            } else {
                fail("the broker refused to store a message: a queue may be full there");
            }
        }

        /** The same, of one that is not confirmed. */
        void fail(String why) {
            confirmed.completeExceptionally(new BrokerUnavailable(why));
        }
    }

    /** One message of it, to be sent or sent. */
    static final class Letter {
        private static final int RETURNS_MAX = 3;
        private static final int STALLS_MAX = 3;

        final Pending pending;
        final Message message;

        /** Its place among all that are published. */
        final long number;

        /** The broker had no queue, or no exchange, for it this often. */
        int returns;

        /** It refused to store it this often. */
        int refusals;

        /** It was the oldest, with no answer to any, this often. */
        private int stalls;

        Letter(Pending pending, Message message, long number) {
            this.pending = pending;
            this.message = message;
            this.number = number;
        }

        /** What it goes to was made, and made again, and is not there. */
        boolean hasNoPlace() {
            return returns >= RETURNS_MAX;
        }

        /** How long it lets others go first, after so long without an answer; longer each time. */
        long restNanos(long stalledNanos) {
            stalls++;
            return stalledNanos << Math.min(stalls, STALLS_MAX);
        }

        boolean isMandatory() {
            return pending.publishing.mandatory;
        }

        void send(Channel on) throws IOException {
            Publishing of = pending.publishing;
            on.basicPublish(
                    of.exchange,
                    message.routingKey,
                    of.mandatory,
                    message.properties,
                    message.body);
        }

        /** Where it goes: a queue as a rule. */
        String address() {
            return pending.publishing.exchange() + "/" + message.routingKey();
        }
    }
}
