package io.erlust.queues;

import io.erlust.json.InvalidField;
import io.erlust.json.Json;
import io.erlust.json.Lines;
import io.erlust.store.Database;
import io.erlust.store.StoreException;
import io.erlust.store.Work;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Every queue of the server. A queue comes into being when it is first named; it is durable, and
 * its items are delivered at least once.
 */
public final class Queues implements AutoCloseable {
    /** More names than this are refused. */
    public static final int QUEUES_MAX = 10_000;

    /** An item is at most this long, in bytes of JSON. */
    public static final int ITEM_BYTES_MAX = 1 << 20;

    /**
     * Brokers close the channel of a consumer that takes longer for a message than their time-out:
     * 30 minutes unless set, at least a minute.
     */
    private static final Duration HOLD = Duration.ofSeconds(30);

    private final Map<QueueName, Queue> queues = new ConcurrentHashMap<>();
    private final QueueShared shared;
    private final ScheduledExecutorService timer;
    private final Leases leases = new Leases();
    private final DeadItems deadItems;

    private Queues(
            Database database, WallClock wall, MonotonicClock clock, Broker broker, Duration hold) {
        timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("queues-timer").factory());
        shared = new QueueShared(database, wall, clock, timer, broker, hold);
        deadItems = new DeadItems(database);
    }

    /** Finds the stored queues. What the server before had handed out is ready again, marked. */
    public static Queues open(Database database, WallClock wall, MonotonicClock clock) {
        return open(database, wall, clock, Broker.none());
    }

    /** The same, with queues in a broker, which closes with them. */
    public static Queues open(
            Database database, WallClock wall, MonotonicClock clock, Broker broker) {
        return open(database, wall, clock, broker, HOLD);
    }

    /** @param hold see {@link QueueShared} */
    static Queues open(
            Database database, WallClock wall, MonotonicClock clock, Broker broker, Duration hold) {
        Queues queues = new Queues(database, wall, clock, broker, hold);
        database.write(tx -> {
            QueueRows.countRestart(tx, queues.shared.steadyMillis());
            for (QueueRows.QueueRow row : QueueRows.queues(tx)) {
                QueueName name = new QueueName(row.name());
                QueueConfig config = QueueConfig.read(Json.parse(row.config()), Backend.SQL);
                QueueRows.Counts counts = QueueRows.counts(tx, row.id());
                Queue queue = new Queue(queues.shared, row.id(), name, config, counts);
                QueueRows.producers(tx, row.id()).forEach(queue::addProducer);
                queues.queues.put(name, queue);
            }
            return true;
        });
        queues.queues.values().forEach(Queue::loadDue);
        return queues;
    }

    Queue queue(QueueName name) {
        Queue queue = queues.get(name);
        return queue != null ? queue : add(name, QueueConfig.DEFAULT);
    }

    /** Makes it exist. Everything below does so too; not on the writer thread, though. */
    public void create(QueueName name) {
        var _ = queue(name);
    }

    /**
     * Makes it exist, in the broker unless it is here already.
     *
     * @throws BrokerUnavailable when the broker does not answer
     * @throws BrokerRefused when the broker does not let it be made
     */
    public void createOnBroker(QueueName name) {
        if (!queues.containsKey(name)) {
            shared.broker().make(name);
            var _ = add(name, QueueConfig.DEFAULT.in(Backend.AMQP));
        }
    }

    private synchronized Queue add(QueueName name, QueueConfig config) {
        Queue there = queues.get(name);
        if (there != null) {
            return there;
        }
        if (queues.size() >= QUEUES_MAX) {
            throw new TooManyQueues();
        }
        long now = shared.wall().now().toEpochMilli();
        String json = Json.text(config.json());
        long id = shared.database().write(tx -> QueueRows.insertQueue(tx, name.value(), json, now));
        Queue queue = new Queue(shared, id, name, config, new QueueRows.Counts(0, 0, 0, 0));
        queues.put(name, queue);
        return queue;
    }

    /**
     * Puts items, already checked to be JSON. Completes when they are durable; fails with a
     * {@link QueueFull}, or a StoreException, and then none of them is stored.
     */
    public CompletableFuture<@Nullable Void> put(QueueName name, Lines items) {
        return queue(name).put(items);
    }

    /** Why so much more would not be taken now; for an early answer. */
    public Optional<RuntimeException> refuses(QueueName name, long items, long bytes) {
        Queue queue = queue(name);
        RuntimeException full = queue.full(items, bytes);
        return Optional.ofNullable(full)
                .or(() -> queue.backlog().trouble().map(BrokerUnavailable::new));
    }

    /**
     * Hands a consumer items until the queue is drained or the subscription ended.
     *
     * @param owner who the consumer is, when it is also a producer
     * @param windowMax how many items at most are ahead of it
     */
    public Subscription subscribe(QueueName name, Consumer consumer, String owner, int windowMax) {
        Queue queue = queue(name);
        Window window = new Window(windowMax, 1, shared.clock().nanos());
        Subscription subscription = new Subscription(queue, consumer, owner, window);
        queue.add(subscription);
        return subscription;
    }

    /** The queue is not drained while this producer has not been removed; survives a restart. */
    public void addProducer(QueueName name, String producer) {
        Queue queue = queue(name);
        if (queue.addProducer(producer)) {
            shared.database().enqueue(producerWork(queue, producer, true));
        }
    }

    public void removeProducer(QueueName name, String producer) {
        Queue queue = queues.get(name);
        if (queue != null && queue.producers().contains(producer)) {
            shared.database().enqueue(producerWork(queue, producer, false));
            queue.removeProducer(producer);
        }
    }

    /** Removes every producer whose name begins so, from every queue. */
    public void removeProducers(String prefix) {
        for (Queue queue : queues.values()) {
            for (String producer : queue.producers()) {
                if (producer.startsWith(prefix)) {
                    removeProducer(queue.name, producer);
                }
            }
        }
    }

    /** Every name that is a producer of some queue. */
    public List<String> producers() {
        return queues.values().stream()
                .flatMap(queue -> queue.producers().stream())
                .distinct()
                .toList();
    }

    private static Work<Boolean> producerWork(Queue queue, String producer, boolean add) {
        return new Work<>() {
            @Override
            public Boolean run(Handle tx) {
                if (add) {
                    QueueRows.addProducer(tx, queue.id, producer);
                } else {
                    QueueRows.removeProducer(tx, queue.id, producer);
                }
                return true;
            }

            @Override
            public void rolledBack(StoreException why) {
                queue.shared.later(1000, this::again);
            }

            // unless it has changed back meanwhile
            private void again() {
                if (queue.producers().contains(producer) == add) {
                    queue.shared.database().enqueue(this);
                }
            }
        };
    }

    public Optional<QueueStats> stats(QueueName name) {
        Queue queue = queues.get(name);
        if (queue != null) {
            var _ = queue.backlog().look(); // else it says what was known before
        }
        return Optional.ofNullable(queue).map(Queue::stats);
    }

    /** All of them by name. */
    public List<QueueStats> list() {
        List<QueueStats> all = new ArrayList<>();
        queues.values().forEach(queue -> all.add(queue.stats()));
        all.sort(Comparator.comparing(stats -> stats.name().value()));
        return all;
    }

    /** Where a queue is, or would be if it was made now without a word about that. */
    public Backend backend(QueueName name) {
        Queue queue = queues.get(name);
        return queue == null ? Backend.SQL : queue.config().backend();
    }

    /**
     * Creates or changes; true when it was created. Durable when it returns, and in the broker if
     * it is to be there.
     *
     * @throws BackendConflict when it is to move elsewhere and is not empty, or somebody uses it
     * @throws BrokerUnavailable when the broker does not answer
     * @throws BrokerRefused when the broker does not let it be made
     * @throws io.erlust.json.InvalidField when it is to move to a broker and there is none
     */
    public boolean configure(QueueName name, QueueConfig config) {
        if (config.backend() == Backend.AMQP && !shared.broker().isConfigured()) {
            throw new InvalidField(
                    "/backend", "sql, as the server was started without --amqp", "amqp");
        }
        boolean created = !queues.containsKey(name);
        if (!created) {
            checkMove(queue(name), config.backend());
        }
        if (config.backend() == Backend.AMQP) {
            shared.broker().make(name);
        }
        Queue queue = created ? add(name, config) : queue(name);
        QueueConfig before = queue.config();
        queue.configure(config);
        String json = Json.text(config.json());
        try {
            shared.database().write(tx -> {
                QueueRows.updateConfig(tx, queue.id, json);
                return true;
            });
        } catch (StoreException e) {
            queue.configure(before);
            throw e;
        }
        return created;
    }

    private void checkMove(Queue queue, Backend to) {
        if (to == queue.config().backend()) {
            return;
        }
        boolean isKnown = queue.backlog().look() || !shared.broker().isConfigured();
        if (!isKnown) {
            throw new BrokerUnavailable("the broker does not say what is in the queue");
        }
        queue.checkMove(to);
    }

    /** Items for a consumer over HTTP; waits for the first one. */
    public Receipt receive(QueueName name, int max, Duration wait, Duration lease) {
        return leases.receive(queue(name), max, wait, lease);
    }

    /** What a receive got. {@code drained}: nothing is left and nothing can come. */
    public record Receipt(List<Received> items, boolean drained) {}

    /** Acknowledges; false when the receipt is unknown. Durable soon after it returns. */
    public boolean ack(QueueName name, String receipt) {
        Queue queue = queues.get(name);
        return queue != null && leases.ack(queue, receipt);
    }

    /** Reports a failure; false when the receipt is unknown. */
    public boolean nack(QueueName name, String receipt, String error) {
        Queue queue = queues.get(name);
        return queue != null && leases.fail(queue, receipt, error);
    }

    /** Dead items after the given id. */
    public List<DeadItem> dead(QueueName name, Optional<String> after, int limit) {
        Queue queue = queues.get(name);
        return queue == null ? List.of() : deadItems.list(queue, after, limit);
    }

    /** Whether this is the form of an item's id. */
    public static boolean isItemId(String id) {
        return DeadItems.isId(id);
    }

    /** Retries the dead items named, or all; returns how many. */
    public long retryDead(QueueName name, List<String> ids) {
        Queue queue = queues.get(name);
        return queue == null ? 0 : deadItems.retry(queue, ids);
    }

    public long purgeDead(QueueName name, List<String> ids) {
        Queue queue = queues.get(name);
        return queue == null ? 0 : deadItems.purge(queue, ids);
    }

    /** Deletes every ready item; returns how many. */
    public long purge(QueueName name) {
        Queue queue = queues.get(name);
        return queue == null ? 0 : queue.backlog().purge();
    }

    /** What is on its way to the store is awaited: a broker is to be told of what is done. */
    @Override
    public void close() {
        try {
            if (shared.broker().isConfigured()) {
                shared.database().write(tx -> true);
            }
        } catch (StoreException e) {
            Queue.log.warn("the broker does not hear of what can't be stored: {}", e.getMessage());
        } finally {
            shared.broker().close();
            timer.shutdownNow();
        }
    }
}
