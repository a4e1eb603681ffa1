package io.erlust.amqp;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import com.rabbitmq.client.impl.DefaultExceptionHandler;

import io.erlust.time.MonotonicClock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A connection to the broker that comes back by itself, as often as it takes. A broker that is
 * silent for two heartbeats is lost too.
 */
final class Link {
    private static final Logger log = LoggerFactory.getLogger(Link.class);

    private static final int HEARTBEAT_S = 5;
    private static final int TIMEOUT_MS = 5000;
    private static final int RPC_TIMEOUT_MS = 5000;

    /** Who did not answer need not say goodbye; everybody else waits for the next connection. */
    private static final int RESET_MS = 100;

    private static final long WAIT_MIN_MS = 100;
    private static final long WAIT_MAX_MS = 1000;
    private static final long LOOK_MS = 20;
    private static final long LIVED_NANOS = 5_000_000_000L;

    private static final long LASTING_NANOS = 2_000_000_000;

    /**
     * What RabbitMQ takes at most unless it is set otherwise: 128 MiB, from 4 on 16 MiB. A longer
     * one would end the connection, and come again on the next.
     */
    static final int MESSAGE_BYTES_MAX = 128 << 20;

    /** Hears of the connection; must be quick and must not throw. */
    interface User {
        void up(Connection connection);

        void down();
    }

    private final String name;
    private final AmqpConfig config;
    private final MonotonicClock clock;
    private final ConnectionFactory factory;
    private final List<User> users = new CopyOnWriteArrayList<>();
    private final Thread thread;

    private volatile @Nullable Connection connection;
    private volatile long downSince;
    private volatile String trouble = "not connected yet";
    private volatile String givenUp = "closed";
    private volatile boolean closed;
    private final CountDownLatch closing = new CountDownLatch(1);

    /** @param name what the broker's own tools show */
    Link(String name, AmqpConfig config, MonotonicClock clock) {
        this.name = name;
        this.clock = clock;
        this.downSince = clock.nanos();
        this.config = config;
        this.factory = factory(config);
        this.thread = Thread.ofVirtual().name("amqp-" + name).unstarted(this::live);
    }

    private static ConnectionFactory factory(AmqpConfig config) {
        ConnectionFactory factory = new ConnectionFactory();
        try {
            factory.setUri(config.uri());
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("amqp: " + e.getMessage(), e);
        }
        if (config.isSecure()) {
            factory.useSslProtocol(config.tls().context());
            factory.enableHostnameVerification();
        }
        factory.setAutomaticRecoveryEnabled(false); // a lost delivery must be known here
        factory.setRequestedHeartbeat(HEARTBEAT_S);
        factory.setConnectionTimeout(TIMEOUT_MS);
        factory.setHandshakeTimeout(TIMEOUT_MS);
        factory.setShutdownTimeout(TIMEOUT_MS);
        factory.setChannelRpcTimeout(RPC_TIMEOUT_MS);
        factory.setMaxInboundMessageBodySize(MESSAGE_BYTES_MAX);
        factory.setExceptionHandler(new DefaultExceptionHandler() {
            @Override
            public void handleUnexpectedConnectionDriverException(Connection of, Throwable e) {
                log.debug("the connection ends", e); // and why is said at its end
            }
        });
        factory.setThreadFactory(
                Thread.ofPlatform().daemon().name("amqp-reader-", 0).factory());
        return factory;
    }

    /** Before {@link #start}, or any time. */
    void add(User user) {
        users.add(user);
    }

    void start() {
        thread.start();
    }

    /** The connection, when there is one. */
    @Nullable
    Connection connection() {
        Connection current = connection;
        return current != null && current.isOpen() ? current : null;
    }

    /** The same; one that is about to come back is waited for. */
    @Nullable
    Connection awaitConnection(long millis) {
        long deadline = clock.nanos() + millis * 1_000_000;
        while (connection() == null && clock.nanos() - deadline < 0 && pause(LOOK_MS)) {
            // until it is there
        }
        return connection();
    }

    Optional<String> trouble() {
        return connection() != null ? Optional.empty() : Optional.of(trouble);
    }

    /** The same, but not of a connection that is about to come back. */
    Optional<String> lastingTrouble() {
        boolean isThere = connection != null; // or is about to be noticed as lost
        return isThere || clock.nanos() - downSince < LASTING_NANOS
                ? Optional.empty()
                : Optional.of(trouble);
    }

    private void live() {
        long wait = WAIT_MIN_MS;
        boolean said = false;
        while (!closed) {
            try {
                long begin = clock.nanos();
                liveOnce();
                // one that ends at once may do so each time: by a message that is too long, say
                boolean lived = clock.nanos() - begin > LIVED_NANOS;
                wait = lived ? WAIT_MIN_MS : Math.min(WAIT_MAX_MS, wait * 2);
                said = false;
            } catch (IOException | TimeoutException | RuntimeException e) {
                trouble = "no connection to " + config.place() + ": " + Reasons.of(e);
                if (!said && !closed) {
                    log.warn("{}: {}; it is tried again until it works", name, trouble);
                    said = true;
                }
                wait = Math.min(WAIT_MAX_MS, wait * 2);
            } catch (InterruptedException _) {
                return; // closed
            }
            if (!pause(wait / 2 + ThreadLocalRandom.current().nextLong(wait / 2 + 1))) {
                return;
            }
        }
    }

    /** False: closed. */
    private boolean pause(long millis) {
        try {
            return !closing.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            return false;
        }
    }

    /** Connects, and returns when that connection has ended. */
    private void liveOnce() throws IOException, TimeoutException, InterruptedException {
        Connection fresh = factory.newConnection(new InlineExecutor(), "erlust " + name);
        CountDownLatch ended = new CountDownLatch(1);
        fresh.addShutdownListener(_ -> ended.countDown());
        connection = fresh;
        log.info("{}: connected to {}", name, config.place());
        users.forEach(user -> user.up(fresh));
        try {
            ended.await();
        } finally {
            downSince = clock.nanos();
            connection = null;
            trouble = "lost " + config.place() + ": " + endOf(fresh);
            if (!closed) {
                log.warn("{}: {}", name, trouble);
            }
            fresh.abort(TIMEOUT_MS);
            users.forEach(User::down);
        }
    }

    private String endOf(Connection ended) {
        ShutdownSignalException why = ended.getCloseReason();
        return why == null || why.isInitiatedByApplication() ? givenUp : Reasons.of(why);
    }

    /** Begins anew: what the broker holds for a connection it gives back only at its end. */
    void reset(String why) {
        Connection last = connection;
        if (last != null) {
            givenUp = why;
            last.abort(RESET_MS);
        }
    }

    void close() {
        closed = true;
        closing.countDown();
        Connection last = connection;
        if (last != null) {
            last.abort(TIMEOUT_MS);
        }
        thread.interrupt();
    }
}
