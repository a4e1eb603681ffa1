package io.erlust.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;

import io.erlust.queues.BrokerUnavailable;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The topic exchange {@value #NAME}, to which other programs bind queues of their own. What nobody
 * has bound for is dropped by the broker.
 */
public final class EventExchange {
    public static final String NAME = "erlust.events";

    private static final Logger log = LoggerFactory.getLogger(EventExchange.class);

    private final Publisher publisher;

    /** Why it is not there: to publish to it would end the publisher's channel, for everybody. */
    private volatile Optional<String> missing = Optional.empty();

    /** A message to all who have bound for its routing key. */
    public record Message(
            String routingKey, String id, String type, String contentType, byte[] body) {}

    EventExchange(Publisher publisher) {
        this.publisher = publisher;
        publisher.prepare(this::declare);
    }

    /** On each new channel, as somebody may have deleted it. */
    private void declare(Channel publishing) {
        Connection connection = publishing.getConnection();
        try {
            Declarations.withChannel(
                    connection,
                    each -> each.exchangeDeclare(
                            NAME, BuiltinExchangeType.TOPIC, /* durable= */ true));
            missing = Optional.empty();
        } catch (IOException | AlreadyClosedException e) {
            missing = isThere(connection)
                    ? Optional.empty()
                    : Optional.of("exchange " + NAME + " can't be made: " + Reasons.of(e));
            log.warn("exchange {}: {}", NAME, Reasons.of(e));
        }
    }

    /** Perhaps it was made by somebody who may, or as another type: then it is used as it is. */
    private static boolean isThere(Connection connection) {
        try {
            Declarations.withChannel(connection, each -> each.exchangeDeclarePassive(NAME));
            return true;
        } catch (IOException | AlreadyClosedException e) {
            log.debug("exchange {}: {}", NAME, Reasons.of(e));
            return false;
        }
    }

    /** Completes when the broker has confirmed all of them; fails otherwise, after minutes. */
    public CompletableFuture<@Nullable Void> publish(List<Message> messages) {
        Optional<String> why = publisher.trouble().isPresent() ? Optional.empty() : missing;
        if (why.isPresent()) {
            return CompletableFuture.failedFuture(new BrokerUnavailable(why.get()));
        }
        return publisher.publish(new Publishing(
                NAME, false, messages.stream().map(EventExchange::letter).toList()));
    }

    private static Publishing.Message letter(Message message) {
        BasicProperties properties = new BasicProperties.Builder()
                .contentType(message.contentType())
                .deliveryMode(Messages.PERSISTENT)
                .appId(Messages.APP)
                .messageId(message.id())
                .type(message.type())
                .build();
        return new Publishing.Message(message.routingKey(), properties, message.body());
    }
}
