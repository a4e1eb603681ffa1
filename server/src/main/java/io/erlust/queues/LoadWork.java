package io.erlust.queues;

import io.erlust.store.StoreException;
import io.erlust.store.Work;

import org.jdbi.v3.core.Handle;

/** Reads the next stored parcels of a queue into memory and marks them as opened. */
final class LoadWork implements Work<QueueRows.Loaded> {
    private final SqlBacklog backlog;
    private int purges;

    LoadWork(SqlBacklog backlog) {
        this.backlog = backlog;
    }

    @Override
    public QueueRows.Loaded run(Handle tx) {
        purges = backlog.purges();
        return QueueRows.load(
                tx, backlog.queue.id, backlog.loadAfter(), SqlBacklog.LOOKAHEAD_BYTES);
    }

    @Override
    public void committed(QueueRows.Loaded loaded) {
        backlog.loaded(loaded, purges);
    }

    @Override
    public void rolledBack(StoreException why) {
        backlog.loadFailed();
    }
}
