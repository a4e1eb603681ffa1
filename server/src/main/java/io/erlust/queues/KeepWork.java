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
final class KeepWork implements Work<KeepWork.Kept> {
    /**
     * What became of them, but for those that were done meanwhile.
     *
     * @param here they have a row now
     * @param before had one: they came again to a server that died before it told the broker
     */
    record Kept(List<Span> here, List<Span> before) {}

    private final Queue queue;
    private final List<Span> items;

    KeepWork(Queue queue, List<Span> items) {
        this.queue = queue;
        this.items = items;
    }

    @Override
    public Kept run(Handle tx) {
        long now = queue.shared.steadyMillis();
        List<Span> kept = new ArrayList<>();
        List<Span> before = new ArrayList<>();
        for (Span item : items) {
            BrokerParcel parcel = (BrokerParcel) item.parcel();
            if (parcel.done.get(item.from())) {
                continue;
            }
            if (QueueRows.hasSingle(tx, ItemId.of(item))) {
                before.add(item);
            } else {
                QueueRows.storeFailure(
                        tx,
                        queue.id,
                        parcel,
                        item.from(),
                        new QueueRows.Failure(0, false, QueueRows.KEPT, now, "[]"));
                parcel.kept.set(item.from());
                kept.add(item);
            }
        }
        return new Kept(kept, before);
    }

    @Override
    public void committed(Kept kept) {
        queue.kept(items, kept);
    }

    @Override
    public void rolledBack(StoreException why) {
        for (Span item : items) {
            ((BrokerParcel) item.parcel()).kept.clear(item.from());
        }
        queue.kept(items, new Kept(List.of(), List.of()));
    }
}
