package io.erlust.queues;

import io.erlust.store.StoreException;
import io.erlust.store.Work;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** Reads the failed items whose retry is due, and when the next one will be. */
record DueWork(Queue queue) implements Work<DueWork.Due> {
    record Due(List<Span> spans, long nextInMillis) {}

    @Override
    public Due run(Handle tx) {
        long now = queue.shared.steadyMillis();
        List<Span> spans = QueueRows.due(tx, queue.id, now, Queue.DUE_MAX);
        long next = QueueRows.nextDue(tx, queue.id, now);
        return new Due(spans, next == 0 ? 0 : next - now);
    }

    @Override
    public void committed(Due due) {
        queue.dueLoaded(due.spans(), due.nextInMillis());
    }

    @Override
    public void rolledBack(StoreException why) {
        queue.dueFailed();
    }
}
