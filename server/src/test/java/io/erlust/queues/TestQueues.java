package io.erlust.queues;

import io.erlust.amqp.AmqpBroker;
import io.erlust.amqp.AmqpConfig;
import io.erlust.amqp.RabbitServer;
import io.erlust.store.DatabaseConfig;
import io.erlust.store.TestDatabases;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import java.net.URI;

/**
 * What queues live in: each database, and a real RabbitMQ beside a database, for what is failed,
 * retried or dead.
 */
enum TestQueues {
    SQLITE(TestDatabases.SQLITE, Backend.SQL),
    POSTGRESQL(TestDatabases.POSTGRESQL, Backend.SQL),
    RABBITMQ(TestDatabases.SQLITE, Backend.AMQP);

    final Backend backend;
    private final TestDatabases databases;

    TestQueues(TestDatabases databases, Backend backend) {
        this.databases = databases;
        this.backend = backend;
    }

    /**
     * A new, empty place.
     *
     * @param broker the URI of a broker without queues; empty: there is none
     */
    record Place(DatabaseConfig database, String broker) {
        /** Opening it twice opens the same queues. */
        Broker open() {
            return broker.isEmpty()
                    ? Broker.none()
                    : AmqpBroker.open(
                            AmqpConfig.of(URI.create(broker)),
                            WallClock.system(),
                            MonotonicClock.system());
        }
    }

    Place create() {
        String broker = switch (backend) {
            case SQL -> "";
            case AMQP -> RabbitServer.shared().newVhost();
        };
        return new Place(databases.create(), broker);
    }
}
