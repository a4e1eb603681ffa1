package io.erlust.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.GetResponse;

import io.erlust.json.Lines;
import io.erlust.queues.BrokerQueue;
import io.erlust.queues.ItemId;
import io.erlust.queues.QueueName;
import io.erlust.time.WallClock;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Items as messages: one JSON text each, persistent, with a message id that stays the item's. Ours
 * are known by {@code app_id}; what other programs use as ids is not relied on.
 */
final class Messages {
    static final String APP = "erlust";
    private static final String JSON = "application/json";
    static final int PERSISTENT = 2;
    private static final int IDS_EACH = 1_000_000_000;

    /** 18 digits at most; no other server has it. */
    private final long first = ThreadLocalRandom.current().nextLong(1L << 52, 1L << 58);

    private final AtomicLong count = new AtomicLong();
    private final WallClock wall;

    Messages(WallClock wall) {
        this.wall = wall;
    }

    Publishing persistent(QueueName queue, Lines items) {
        Date now = Date.from(wall.now());
        List<Publishing.Message> messages = new ArrayList<>(items.count());
        for (int i = 0; i < items.count(); i++) {
            BasicProperties properties = new BasicProperties.Builder()
                    .contentType(JSON)
                    .deliveryMode(PERSISTENT)
                    .timestamp(now)
                    .appId(APP)
                    .messageId(nextId())
                    .type(queue.value())
                    .build();
            messages.add(new Publishing.Message(queue.value(), properties, items.line(i)));
        }
        return new Publishing("", true, messages);
    }

    private String nextId() {
        long n = count.getAndIncrement();
        return (first + n / IDS_EACH) + "." + n % IDS_EACH;
    }

    static BrokerQueue.Message message(QueueName queue, Delivery it) {
        return message(queue, it.getEnvelope(), it.getProperties(), it.getBody());
    }

    static BrokerQueue.Message message(QueueName queue, GetResponse it) {
        return message(queue, it.getEnvelope(), it.getProps(), it.getBody());
    }

    /** What came into a queue. */
    private static BrokerQueue.Message message(
            QueueName queue, Envelope envelope, BasicProperties properties, byte[] body) {
        return new BrokerQueue.Message(
                envelope.getDeliveryTag(),
                id(queue, properties),
                envelope.isRedeliver(),
                putAt(properties),
                body);
    }

    /** In ms since 1970; the protocol counts seconds. */
    private static long putAt(BasicProperties properties) {
        return properties.getTimestamp() == null
                ? 0
                : properties.getTimestamp().toInstant().toEpochMilli();
    }

    /**
     * The id of an item that an Erlust put into this queue; null of another's. A program that takes
     * an item and publishes it to other queues, with the properties it came with, makes new items.
     */
    private static @Nullable ItemId id(QueueName queue, BasicProperties properties) {
        String id = properties.getMessageId();
        if (!APP.equals(properties.getAppId())
                || !queue.value().equals(properties.getType())
                || id == null) {
            return null;
        }
        int dot = id.indexOf('.');
        try {
            long parcel = dot < 0 ? 0 : Long.parseLong(id, 0, dot, 10);
            int position = Integer.parseInt(id, dot + 1, id.length(), 10);
            return parcel >= 1L << 52 && parcel < 1_000_000_000_000_000_000L && position >= 0
                    ? new ItemId(parcel, position)
                    : null;
        } catch (NumberFormatException _) {
            return null;
        }
    }
}
