package io.erlust.queues;

import io.erlust.json.InvalidJson;
import io.erlust.json.Json;
import io.erlust.store.StoreException;
import io.erlust.store.Work;

import org.jdbi.v3.core.Handle;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** Takes one failed item out into a row of its own, with its error, for a retry or for a person. */
final class FailWork implements Work<Optional<QueueRows.Failure>> {
    /** How many of an item's failures are remembered: the first and the latest ones. */
    private static final int HISTORY_MAX = 20;

    private final Queue queue;
    private final Span item;
    private final JsonNode error;
    private long freedBytes;

    FailWork(Queue queue, Span item, JsonNode error) {
        this.queue = queue;
        this.item = item;
        this.error = error;
    }

    /** Empty when it has failed already: a broker had delivered it twice. */
    @Override
    public Optional<QueueRows.Failure> run(Handle tx) {
        Parcel parcel = item.parcel();
        freedBytes = 0;
        if (parcel instanceof BrokerParcel broker) {
            parcel.done.set(item.from());
            boolean isKept = broker.kept.get(item.from());
            if (!isKept && QueueRows.hasSingle(tx, ItemId.of(item))) {
                return Optional.empty();
            }
            freedBytes = isKept ? 0 : -item.bytes();
        }
        QueueRows.Failure failure = failure();
        QueueRows.storeFailure(tx, queue.id, parcel, item.from(), failure);
        if (parcel.isStored()) {
            parcel.done.set(item.from());
            boolean gone = QueueRows.storeDone(tx, parcel);
            freedBytes = (gone ? parcel.bytes() : 0L) - item.bytes();
        }
        return Optional.of(failure);
    }

    private QueueRows.Failure failure() {
        QueueConfig config = queue.config();
        int failures = item.parcel().failures + 1;
        Duration backoff = config.backoff(failures, ThreadLocalRandom.current().nextDouble());
        long now = queue.shared.steadyMillis();
        boolean isDead = failures >= config.maxAttempts();
        return new QueueRows.Failure(failures, isDead, now + backoff.toMillis(), now, history());
    }

    private String history() {
        ArrayNode history = (ArrayNode) Json.parse(item.parcel().history);
        if (history.size() >= HISTORY_MAX) {
            history.remove(1);
        }
        ObjectNode entry = Json.object();
        Instant now = queue.shared.wall().now();
        entry.put("attempt", item.attempt()).put("at", now.toString()).set("error", error);
        history.add(entry);
        String text = Json.text(history);
        if (isReadable(text)) {
            return text;
        }
        entry.set("error", Json.object().put("message", "an error nested too deep to be kept"));
        return Json.text(history);
    }

    /** The next failure reads it. What is well-formed alone may be nested too deep in here. */
    private static boolean isReadable(String history) {
        try {
            var _ = Json.parse(history);
            return true;
        } catch (InvalidJson _) {
            return false;
        }
    }

    @Override
    public void committed(Optional<QueueRows.Failure> failure) {
        failure.ifPresentOrElse(
                each -> queue.failed(item, each, freedBytes),
                () -> queue.acknowledged(List.of(item), 0));
    }

    @Override
    public void rolledBack(StoreException why) {
        item.parcel().done.clear(item.from());
        queue.shared.later(1000, () -> queue.shared.database().enqueue(this));
    }
}
