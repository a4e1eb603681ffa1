package io.erlust.queues;

import io.erlust.json.Lines;
import io.erlust.store.StoreException;
import io.erlust.store.Work;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Stores every put that waits for its queue, as few parcels as they fit in. Puts that arrive while
 * the writer commits wait together, so the parcels grow with the load by themselves.
 */
final class PutWork implements Work<@Nullable Void> {
    /** A parcel is at most this long, but for an item that is longer alone. */
    static final int PARCEL_BYTES = 64 << 10;

    private final SqlBacklog backlog;
    private final List<Parcel> parcels = new ArrayList<>();
    private List<Put> puts = List.of();
    private boolean opened;
    private int purges;

    PutWork(SqlBacklog backlog) {
        this.backlog = backlog;
    }

    @Override
    public @Nullable Void run(Handle tx) {
        Queue queue = backlog.queue;
        puts = backlog.takePuts();
        opened = backlog.isKeepingUp();
        purges = backlog.purges();
        long now = queue.shared.wall().now().toEpochMilli();
        for (Lines block : parcels(puts)) {
            long id = QueueRows.insertParcel(tx, queue.id, block, now);
            parcels.add(new Parcel(id, now, block, new BitSet()));
        }
        if (opened) {
            QueueRows.open(
                    tx, queue.id, parcels.stream().map(parcel -> parcel.id).toList());
        }
        return null;
    }

    private static List<Lines> parcels(List<Put> puts) {
        List<Lines> parcels = new ArrayList<>();
        List<Lines> small = new ArrayList<>();
        int smallBytes = 0;
        for (Put put : puts) {
            for (Lines part : cut(put.items())) {
                if (smallBytes + part.bytes().length > PARCEL_BYTES && !small.isEmpty()) {
                    parcels.add(join(small, smallBytes));
                    small.clear();
                    smallBytes = 0;
                }
                small.add(part);
                smallBytes += part.bytes().length;
            }
        }
        if (!small.isEmpty()) {
            parcels.add(join(small, smallBytes));
        }
        return parcels;
    }

    private static List<Lines> cut(Lines items) {
        if (items.bytes().length <= PARCEL_BYTES) {
            return List.of(items);
        }
        List<Lines> parts = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < items.count(); i++) {
            if (items.ends()[i] - items.start(from) > PARCEL_BYTES && i > from) {
                parts.add(items.slice(from, i));
                from = i;
            }
        }
        parts.add(items.slice(from, items.count()));
        return parts;
    }

    private static Lines join(List<Lines> blocks, int bytes) {
        if (blocks.size() == 1) {
            return blocks.getFirst();
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes);
        int[] ends = new int[blocks.stream().mapToInt(Lines::count).sum()];
        int n = 0;
        for (Lines block : blocks) {
            int base = out.size();
            out.writeBytes(block.bytes());
            for (int end : block.ends()) {
                ends[n++] = base + end;
            }
        }
        return new Lines(out.toByteArray(), ends);
    }

    @Override
    public void committed(@Nullable Void nothing) {
        backlog.putCommitted(parcels, opened, purges);
        puts.forEach(put -> put.durable().complete(null));
    }

    @Override
    public void rolledBack(StoreException why) {
        List<Put> failed =
                puts.isEmpty() ? backlog.takePuts() : puts; // run() may not have been reached
        backlog.putRolledBack(failed);
        failed.forEach(put -> put.durable().completeExceptionally(why));
    }
}
