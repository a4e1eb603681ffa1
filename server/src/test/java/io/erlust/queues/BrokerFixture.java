package io.erlust.queues;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;

import io.erlust.amqp.AmqpBroker;
import io.erlust.amqp.AmqpConfig;
import io.erlust.json.Lines;
import io.erlust.store.Database;
import io.erlust.store.DatabaseConfig;
import io.erlust.store.TestDatabases;
import io.erlust.time.MonotonicClock;
import io.erlust.time.Patience;
import io.erlust.time.WallClock;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.IntStream;

/** Queues in a real RabbitMQ, and another program's connection to it. */
final class BrokerFixture implements AutoCloseable {
    static final QueueName Q = new QueueName("work");
    static final String ERROR = "{\"message\":\"broken\"}";

    private final DatabaseConfig databaseConfig = TestDatabases.SQLITE.create();
    private final String uri;
    private final Duration hold;
    private final Duration putTimeout;
    private Database database;
    Queues queues;

    /** @param hold see {@link QueueShared} */
    BrokerFixture(String uri, Duration hold, Duration putTimeout) {
        this.uri = uri;
        this.hold = hold;
        this.putTimeout = putTimeout;
        database = Database.open(databaseConfig);
        queues = openQueues();
        configure(queues, Q, config(Backend.AMQP));
    }

    /** Once the broker can be asked: on a busy machine that may take longer than a put may wait. */
    static void configure(Queues queues, QueueName queue, QueueConfig config) {
        Awaitility.await().ignoreException(BrokerUnavailable.class).until(() -> {
            queues.configure(queue, config);
            return true;
        });
    }

    static QueueConfig config(Backend backend) {
        return new QueueConfig(backend, 1_000_000, 1 << 30, 3, Duration.ZERO);
    }

    private Queues openQueues() {
        AmqpConfig plain = AmqpConfig.of(URI.create(uri));
        AmqpConfig config = new AmqpConfig(plain.uri(), plain.queueType(), plain.tls(), putTimeout);
        WallClock wall = WallClock.system();
        MonotonicClock clock = MonotonicClock.system();
        return Queues.open(database, wall, clock, AmqpBroker.open(config, wall, clock), hold);
    }

    /** As after a server's death. */
    void restart() {
        close();
        database = Database.open(databaseConfig);
        queues = openQueues();
    }

    /** The same data, of a server that was started without a broker. */
    void restartWithoutBroker() {
        close();
        database = Database.open(databaseConfig);
        queues = Queues.open(database, WallClock.system(), MonotonicClock.system());
    }

    @Override
    public void close() {
        queues.close();
        database.close();
    }

    QueueStats stats() {
        return queues.stats(Q).orElseThrow();
    }

    Subscription subscribe(Recorder recorder, int window) {
        return queues.subscribe(Q, recorder, "test", window);
    }

    void put(int from, int to) {
        queues.put(Q, numbers(from, to)).join();
    }

    static Lines numbers(int from, int to) {
        return Lines.of(IntStream.range(from, to)
                .mapToObj(i -> Integer.toString(i).getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new));
    }

    /** A program that knows nothing of Erlust. */
    static final class Program implements AutoCloseable {
        private final Connection connection;
        final Channel channel;

        Program(String uri) throws Exception {
            ConnectionFactory factory = new ConnectionFactory();
            factory.setUri(uri);
            connection = factory.newConnection();
            channel = connection.createChannel();
            channel.confirmSelect();
        }

        void publish(byte[] body) throws Exception {
            channel.basicPublish("", Q.value(), new BasicProperties(), body);
            channel.waitForConfirmsOrDie(Patience.LONG.toMillis());
        }

        void publish(String text) throws Exception {
            publish(text.getBytes(StandardCharsets.UTF_8));
        }

        @Nullable
        GetResponse get() throws Exception {
            return channel.basicGet(Q.value(), true);
        }

        @Override
        public void close() {
            connection.abort();
        }
    }
}
