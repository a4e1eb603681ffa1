package io.erlust.queues;

import io.erlust.store.StoreException;
import io.erlust.store.Work;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** Deletes every ready item of a queue. What is in hand, retrying or dead stays. */
final class PurgeWork implements Work<Long> {
    private final Queue queue;
    private final SqlBacklog backlog;
    private List<Span> taken = List.of();
    private @Nullable AckWork loaded;
    private long[] gone = {0, 0};

    PurgeWork(Queue queue, SqlBacklog backlog) {
        this.queue = queue;
        this.backlog = backlog;
    }

    @Override
    public Long run(Handle tx) {
        backlog.purging();
        taken = queue.takeReady();
        AckWork ack = new AckWork(queue, taken, queue::giveBack);
        loaded = ack;
        ack.run(tx);
        gone = QueueRows.purgeAfter(tx, queue.id, backlog.loadAfter());
        return gone[0] + taken.stream().mapToLong(Span::count).sum();
    }

    @Override
    public void committed(Long items) {
        backlog.purged(gone[0], gone[1]);
        if (loaded != null) {
            loaded.committed(null);
        }
    }

    @Override
    public void rolledBack(StoreException why) {
        if (loaded != null) {
            loaded.rolledBack(why);
        }
    }
}
