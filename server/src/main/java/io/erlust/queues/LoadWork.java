package io.erlust.queues;

import io.erlust.store.StoreException;
import io.erlust.store.Work;

import org.jdbi.v3.core.Handle;

/** Reads the next stored parcels of a queue into memory and marks them as opened. */
final class LoadWork implements Work<QueueRows.Loaded> {
    private final Queue queue;
    private int purges;

    LoadWork(Queue queue) {
        this.queue = queue;
    }

    @Override
    public QueueRows.Loaded run(Handle tx) {
        purges = queue.purges();
        return QueueRows.load(tx, queue.id, queue.loadAfter(), Queue.LOOKAHEAD_BYTES);
    }

    @Override
    public void committed(QueueRows.Loaded loaded) {
        queue.loaded(loaded, purges);
    }

    @Override
    public void rolledBack(StoreException why) {
        queue.loadFailed();
    }
}
