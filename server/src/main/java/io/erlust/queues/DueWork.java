package io.erlust.queues;

import io.erlust.store.StoreException;
import io.erlust.store.Work;

import org.jdbi.v3.core.Handle;

/** Reads the failed items whose retry is due, and when the next one will be. */
record DueWork(Queue queue) implements Work<DueWork.Due> {
    record Due(QueueRows.Due due, long nextInMillis) {}

    @Override
    public Due run(Handle tx) {
        long now = queue.shared.steadyMillis();
        QueueRows.Due due =
                QueueRows.due(tx, queue.id, now, DueItems.ITEMS_MAX, DueItems.BYTES_MAX);
        long next = QueueRows.nextDue(tx, queue.id, now);
        return new Due(due, next == 0 ? 0 : next - now);
    }

    @Override
    public void committed(Due due) {
        queue.dueLoaded(due.due(), due.nextInMillis());
    }

    @Override
    public void rolledBack(StoreException why) {
        queue.dueFailed();
    }
}
