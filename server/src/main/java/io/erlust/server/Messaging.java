package io.erlust.server;

import io.erlust.amqp.AmqpBroker;
import io.erlust.amqp.EventExchange;
import io.erlust.amqp.JobDesk;
import io.erlust.api.JobMessages;
import io.erlust.events.Event;
import io.erlust.events.EventOutbox;
import io.erlust.events.EventPublisher;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobOutbox;
import io.erlust.metrics.Metrics;
import io.erlust.store.Database;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What goes over a message broker beside items: jobs come in, events go out. */
final class Messaging {
    private final AmqpBroker broker;
    private final EventOutbox outbox;
    private final EventPublisher publisher;

    private Messaging(AmqpBroker broker, Database database, WallClock wall, MonotonicClock clock) {
        this.broker = broker;
        this.outbox = new EventOutbox(database, wall);
        this.publisher =
                new EventPublisher(outbox, database, batch -> send(broker.events(), batch), clock);
    }

    /** Empty without a broker. */
    static Optional<Messaging> over(
            Optional<AmqpBroker> broker, Database database, WallClock wall, MonotonicClock clock) {
        return broker.map(there -> new Messaging(there, database, wall, clock));
    }

    private static CompletableFuture<@Nullable Void> send(
            EventExchange exchange, List<Event> batch) {
        return exchange.publish(batch.stream()
                .map(event -> new EventExchange.Message(
                        event.routingKey(),
                        event.id(),
                        event.type(),
                        Event.CONTENT_TYPE,
                        event.body()))
                .toList());
    }

    JobOutbox outbox() {
        return outbox;
    }

    void start(JobEvents events, JobMessages jobs) {
        publisher.start(events);
        broker.serveJobs(message -> {
            JobMessages.Reply reply = jobs.submit(message);
            return new JobDesk.Reply(
                    reply.status(), reply.contentType(), reply.body(), reply.isRetryLater());
        });
    }

    /** Takes no more jobs. */
    void quiet() {
        var _ = broker.quiet();
    }

    void stop(Duration deadline) throws InterruptedException {
        publisher.stop(deadline);
    }

    void register(Metrics metrics) {
        metrics.counted(
                "erlust_events_published",
                "Events that the broker has",
                () -> publisher.counters().published());
        metrics.counted(
                "erlust_events_failed_batches",
                "Batches of events that the broker did not take",
                () -> publisher.counters().failures());
        metrics.counted(
                "erlust_events_dropped",
                "Rows of the outbox that went untold: too many, or of a run that was pruned",
                () -> publisher.counters().dropped());
        metrics.gauge("erlust_events_pending", "Rows of the outbox, not told yet", outbox::pending);
    }
}
