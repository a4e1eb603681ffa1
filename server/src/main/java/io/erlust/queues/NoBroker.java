package io.erlust.queues;

import io.erlust.json.Lines;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What stands where a broker would: everything waits for a server that is started with one. */
final class NoBroker implements Broker, BrokerQueue {
    private static final String WHY = "the server was started without a message broker (--amqp)";

    @Override
    public BrokerQueue open(QueueName name, Receiver receiver) {
        return this;
    }

    @Override
    public void make(QueueName name) {
        throw new BrokerUnavailable(WHY);
    }

    @Override
    public boolean isConfigured() {
        return false;
    }

    @Override
    public CompletableFuture<@Nullable Void> put(Lines items) {
        return CompletableFuture.failedFuture(new BrokerUnavailable(WHY));
    }

    @Override
    public void consume(int window) {}

    @Override
    public void renew(long session, int window) {}

    @Override
    public void ack(long session, long[] tags) {}

    @Override
    public void giveBack(long session, long[] tags) {}

    @Override
    public CompletableFuture<Long> count() {
        return CompletableFuture.failedFuture(new BrokerUnavailable(WHY));
    }

    @Override
    public CompletableFuture<Long> purge() {
        return count();
    }

    @Override
    public Optional<String> trouble() {
        return Optional.of(WHY);
    }

    @Override
    public void close() {}
}
