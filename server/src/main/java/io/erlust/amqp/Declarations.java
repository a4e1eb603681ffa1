package io.erlust.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ChannelContinuationTimeoutException;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/** Makes queues in the broker that are not there. One that is there is used as it is. */
record Declarations(QueueType type) {
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
            return Optional.of(reason(e));
        }
    }

    void declare(Connection connection, String queue) throws IOException {
        if (!isThere(connection, queue)) {
            withChannel(
                    connection,
                    channel -> channel.queueDeclare(
                            queue, true, false, false, type.arguments(connection)));
        }
    }

    private static boolean isThere(Connection connection, String queue) throws IOException {
        try {
            withChannel(connection, channel -> channel.queueDeclarePassive(queue));
            return true;
        } catch (IOException e) {
            if (isNotFound(e)) {
                return false;
            }
            throw e;
        }
    }

    static boolean isNotFound(IOException e) {
        return replyCode(e) == AMQP.NOT_FOUND;
    }

    /**
     * Not allowed, locked by somebody else, or against a limit or an argument: no moment's fault.
     */
    static boolean isRefused(Exception e) {
        return REFUSALS.contains(replyCode(e));
    }

    private static int replyCode(Exception e) {
        return e.getCause() instanceof ShutdownSignalException why
                        && why.getReason() instanceof AMQP.Channel.Close close
                ? close.getReplyCode()
                : 0;
    }

    static String reason(Exception e) {
        if (e instanceof ChannelContinuationTimeoutException) {
            return "the broker does not answer";
        }
        Throwable cause = e.getCause();
        return cause instanceof ShutdownSignalException why
                        && why.getReason() instanceof AMQP.Channel.Close close
                ? close.getReplyText()
                : String.valueOf(cause == null ? e.getMessage() : cause.getMessage());
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
