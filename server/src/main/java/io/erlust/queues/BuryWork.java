package io.erlust.queues;

import io.erlust.json.Json;
import io.erlust.store.StoreException;
import io.erlust.store.Work;

import org.jdbi.v3.core.Handle;

import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.Instant;

/** A message that is not an item becomes a dead one, for a person to look at. */
final class BuryWork implements Work<Boolean> {
    private final Queue queue;
    private final Parcel item;
    private final QueueRows.Failure failure;
    private final Runnable buried;

    /** @param buried to be run when the store has it */
    BuryWork(Queue queue, ItemId id, Arrivals.Bad bad, long at, Runnable buried) {
        this.queue = queue;
        this.buried = buried;
        ArrayNode history = Json.array();
        ObjectNode entry = history.addObject();
        entry.put("attempt", 1)
                .put("at", Instant.ofEpochMilli(at).toString())
                .set("error", Json.parse(bad.error()));
        String text = Json.text(history);
        this.failure = new QueueRows.Failure(1, true, 0, at, text);
        this.item = Parcel.single(id.parcel(), id.position(), at, bad.item(), 1, text);
    }

    /** False when it is there already. */
    @Override
    public Boolean run(Handle tx) {
        if (QueueRows.hasSingle(tx, new ItemId(item.id, item.first))) {
            return false;
        }
        QueueRows.storeFailure(tx, queue.id, item, 0, failure);
        return true;
    }

    @Override
    public void committed(Boolean isNew) {
        if (isNew) {
            queue.buried(item.bytes());
        }
        buried.run();
    }

    @Override
    public void rolledBack(StoreException why) {
        queue.shared.later(1000, () -> queue.shared.database().enqueue(this));
    }
}
