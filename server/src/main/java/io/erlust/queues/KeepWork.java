package io.erlust.queues;

import io.erlust.store.StoreException;
import io.erlust.store.Work;

import org.jdbi.v3.core.Handle;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes items into the store that a broker has delivered and somebody has in hand for long. The
 * broker can then forget them; if this server dies, they are due from there.
 */
final class KeepWork implements Work<List<Span>> {
    private final Queue queue;
    private final List<Span> items;

    KeepWork(Queue queue, List<Span> items) {
        this.queue = queue;
        this.items = items;
    }

    /** Answers those that were not done meanwhile. */
    @Override
    public List<Span> run(Handle tx) {
        long now = queue.shared.steadyMillis();
        List<Span> kept = new ArrayList<>();
        for (Span item : items) {
            BrokerParcel parcel = (BrokerParcel) item.parcel();
            if (!parcel.done.get(item.from()) && !parcel.kept.get(item.from())) {
                QueueRows.storeFailure(
                        tx,
                        queue.id,
                        parcel,
                        item.from(),
                        new QueueRows.Failure(0, false, 0, now, "[]"));
                parcel.kept.set(item.from());
                kept.add(item);
            }
        }
        return kept;
    }

    @Override
    public void committed(List<Span> kept) {
        queue.kept(items, kept);
    }

    @Override
    public void rolledBack(StoreException why) {
        for (Span item : items) {
            ((BrokerParcel) item.parcel()).kept.clear(item.from());
        }
        queue.kept(items, List.of());
    }
}
