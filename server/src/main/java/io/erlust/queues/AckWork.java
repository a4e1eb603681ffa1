package io.erlust.queues;

import io.erlust.store.StoreException;
import io.erlust.store.Work;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Makes it durable that these items are done. What happens to them when that fails is the caller's.
 */
final class AckWork implements Work<@Nullable Void> {
    private final Queue queue;
    private final List<Span> spans;
    private final Consumer<List<Span>> undone;
    private long freedBytes;

    AckWork(Queue queue, List<Span> spans, Consumer<List<Span>> undone) {
        this.queue = queue;
        this.spans = spans;
        this.undone = undone;
    }

    @Override
    public @Nullable Void run(Handle tx) {
        Set<Parcel> touched = new LinkedHashSet<>();
        for (Span span : spans) {
            span.parcel().done.set(span.from(), span.to());
            touched.add(span.parcel());
        }
        freedBytes = 0;
        for (Parcel parcel : touched) {
            if (QueueRows.storeDone(tx, parcel)) {
                freedBytes += parcel.bytes();
            }
        }
        return null;
    }

    @Override
    public void committed(@Nullable Void nothing) {
        queue.acknowledged(spans, freedBytes);
    }

    @Override
    public void rolledBack(StoreException why) {
        spans.forEach(span -> span.parcel().done.clear(span.from(), span.to()));
        undone.accept(spans);
    }
}
