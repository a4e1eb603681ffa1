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
            if (!(parcel instanceof BrokerParcel) && QueueRows.storeDone(tx, parcel)) {
                freedBytes += parcel.bytes();
            }
        }
        for (Span span : spans) {
            if (span.parcel() instanceof BrokerParcel parcel) {
                freedBytes += deleteKept(tx, parcel, span);
            }
        }
        return null;
    }

    /** A broker's item leaves the broker when this is committed, unless the store had taken it. */
    private static long deleteKept(Handle tx, BrokerParcel parcel, Span span) {
        long bytes = 0;
        for (int i = parcel.kept.nextSetBit(span.from());
                i >= 0 && i < span.to();
                i = parcel.kept.nextSetBit(i + 1)) {
            QueueRows.deleteSingle(tx, parcel.key(i));
            bytes += new Span(parcel, i, i + 1, 1).bytes();
        }
        return bytes;
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
