package io.erlust.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * Makes queues in the broker that are not there. One that is there already is used as it is, unless
 * it keeps nothing or can't be consumed as a queue: then it is refused, in the broker's words.
 */
record Declarations(QueueType type) {
    /** What RabbitMQ says when a queue is there and was declared otherwise. */
    private static final Pattern OTHER = Pattern.compile("inequivalent arg");

    private static final Pattern UNFIT =
            Pattern.compile("'durable'|'auto_delete'|current is .*'stream'");

    private static final Set<Integer> REFUSALS =
            Set.of(AMQP.ACCESS_REFUSED, AMQP.RESOURCE_LOCKED, AMQP.PRECONDITION_FAILED);

    /** Answers why it could not; empty when the queue is there now. */
    Optional<String> declare(Link link, String queue) {
        Connection connection = link.connection();
        if (connection == null) {
            return link.trouble();
        }
        try {
            declare(connection, queue);
            return Optional.empty();
        } catch (IOException | AlreadyClosedException e) {
            return Optional.of(Reasons.of(e));
        }
    }

    void declare(Connection connection, String queue) throws IOException {
        try {
            withChannel(
                    connection,
                    channel -> channel.queueDeclare(
                            queue, true, false, false, type.arguments(connection)));
        } catch (IOException e) {
            boolean isThere = OTHER.matcher(Reasons.of(e)).find()
                    ? !UNFIT.matcher(Reasons.of(e)).find()
                    : replyCode(e) == AMQP.ACCESS_REFUSED && isThere(connection, queue);
            if (!isThere) {
                throw e;
            }
        }
    }

    /** Made by somebody who may. */
    private static boolean isThere(Connection connection, String queue) {
        try {
            withChannel(connection, channel -> channel.queueDeclarePassive(queue));
            return true;
        } catch (IOException _) {
            return false; // and why it can't be made says more
        }
    }

    /**
     * Not allowed, locked by somebody else, or against a limit or an argument: no moment's fault.
     */
    static boolean isRefused(Exception e) {
        return REFUSALS.contains(replyCode(e));
    }

    static boolean isMissing(Exception e) {
        return replyCode(e) == AMQP.NOT_FOUND;
    }

    private static int replyCode(Exception e) {
        Throwable end = e instanceof ShutdownSignalException ? e : e.getCause();
        return end instanceof ShutdownSignalException why
                        && why.getReason() instanceof AMQP.Channel.Close close
                ? close.getReplyCode()
                : 0;
    }

    /** Why the broker has closed a channel; empty when it was closed from here. */
    static Optional<String> refusal(ShutdownSignalException why) {
        return why.getReason() instanceof AMQP.Channel.Close close
                        && !why.isInitiatedByApplication()
                ? Optional.of("the broker refuses: " + close.getReplyText())
                : Optional.empty();
    }

    interface Use {
        void with(Channel channel) throws IOException;
    }

    /** A channel for a moment: what fails on one closes it. */
    static void withChannel(Connection connection, Use use) throws IOException {
        Channel channel = open(connection);
        try {
            use.with(channel);
        } finally {
            close(channel);
        }
    }

    static Channel open(Connection connection) throws IOException {
        @Nullable Channel channel = connection.createChannel();
        if (channel == null) {
            throw new IOException("the broker allows no more channels on a connection");
        }
        return channel;
    }

    static void close(Channel channel) {
        try {
            if (channel.isOpen()) {
                channel.close();
            }
        } catch (IOException | TimeoutException | ShutdownSignalException _) {
            // then it is closed
        }
    }
}
