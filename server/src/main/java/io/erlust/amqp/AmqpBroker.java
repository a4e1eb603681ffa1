package io.erlust.amqp;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Connection;

import io.erlust.queues.Broker;
import io.erlust.queues.BrokerQueue;
import io.erlust.queues.BrokerRefused;
import io.erlust.queues.BrokerUnavailable;
import io.erlust.queues.QueueName;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A RabbitMQ. One connection publishes and another consumes: a broker that is short of memory or
 * disk stops reading from those that publish, and what is acknowledged must reach it then too.
 */
public final class AmqpBroker implements Broker {
    private static final Logger log = LoggerFactory.getLogger(AmqpBroker.class);
    /** Of the broker, and of this server: an item there could be a job, or an answer. */
    private static final List<String> RESERVED = List.of("amq.", "erlust.");

    private static final long LOOK_MS = 1000;
    private static final long CLOSE_MS = 3000;

    /** Enough for a link that tries once a second. */
    private static final long MAKE_MS = 5000;

    /** No broker that is well takes so long for anything. */
    private static final Duration STALLED = Duration.ofSeconds(30);

    private final Link publishing;
    private final Link consuming;
    private final Publisher publisher;
    private final EventExchange events;
    private final AmqpParts parts;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("amqp-timer").factory());

    private volatile @Nullable JobInbox jobs;

    private AmqpBroker(AmqpConfig config, WallClock wall, MonotonicClock clock) {
        publishing = new Link("publisher", config, clock);
        consuming = new Link("consumer", config, clock);
        Declarations declarations = new Declarations(config.queueType());
        publisher = new Publisher(publishing, declarations, config.putTimeout(), STALLED, clock);
        events = new EventExchange(publisher);
        parts = new AmqpParts(consuming, publisher, declarations, new Messages(wall), timer);
    }

    /** Does not wait for the broker: it need not be up yet. */
    public static AmqpBroker open(AmqpConfig config, WallClock wall, MonotonicClock clock) {
        AmqpBroker broker = new AmqpBroker(config, wall, clock);
        broker.start();
        return broker;
    }

    private void start() {
        publishing.add(publisher);
        consuming.add(new Link.User() {
            @Override
            public void up(Connection connection) {
                parts.queues().forEach(AmqpQueue::up);
            }

            @Override
            public void down() {
                parts.queues().forEach(AmqpQueue::down);
            }
        });
        publisher.start();
        publishing.start();
        consuming.start();
        var _ = timer.scheduleWithFixedDelay(this::look, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        publisher.expire();
        parts.queues().forEach(AmqpQueue::listen);
        JobInbox inbox = jobs;
        if (inbox != null) {
            inbox.look();
        }
    }

    /** Where what happens is published. */
    public EventExchange events() {
        return events;
    }

    /** Takes jobs from the queue {@value JobInbox#QUEUE} from now on; to be called once. */
    public void serveJobs(JobDesk desk) {
        JobInbox inbox = new JobInbox(parts, desk);
        jobs = inbox;
        consuming.add(inbox);
        inbox.look();
    }

    /** Takes no more jobs; completes when it has none in hand. */
    public CompletableFuture<@Nullable Void> quiet() {
        JobInbox inbox = jobs;
        return inbox == null ? CompletableFuture.completedFuture(null) : inbox.close();
    }

    @Override
    public BrokerQueue open(QueueName name, BrokerQueue.Receiver receiver) {
        AmqpQueue queue = new AmqpQueue(name, parts, receiver);
        parts.queues().add(queue);
        return queue;
    }

    @Override
    public void make(QueueName name) {
        if (RESERVED.stream().anyMatch(name.value()::startsWith)) {
            throw refused(name, "names with " + RESERVED + " in front are not for items");
        }
        Connection connection = consuming.awaitConnection(MAKE_MS);
        if (connection == null) {
            throw new BrokerUnavailable(consuming.trouble().orElse("not connected"));
        }
        try {
            parts.declarations().declare(connection, name.value());
        } catch (IOException | AlreadyClosedException e) {
            String why = Reasons.of(e);
            throw Declarations.isRefused(e) ? refused(name, why) : new BrokerUnavailable(why);
        }
    }

    private static BrokerRefused refused(QueueName name, String why) {
        return new BrokerRefused("queue " + name + " can't be in the broker: " + why);
    }

    @Override
    public boolean isConfigured() {
        return true;
    }

    @Override
    public void close() {
        CompletableFuture<?>[] settled = Stream.concat(
                        Stream.of(quiet()), parts.queues().stream().map(AmqpQueue::settledNow))
                .toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(settled).get(CLOSE_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            log.warn("the broker did not hear of everything that is done: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        timer.shutdownNow();
        publisher.close();
        publishing.close();
        consuming.close();
    }
}
