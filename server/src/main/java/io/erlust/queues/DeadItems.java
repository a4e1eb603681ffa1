package io.erlust.queues;

import io.erlust.store.Database;
import io.erlust.store.Work;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.result.ResultIterable;
import org.jdbi.v3.core.result.ResultIterator;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a person can do with the dead items of a queue: look, retry, purge. */
final class DeadItems {
    private static final long LIST_BYTES_MAX = 4L << 20;

    private final Database database;

    DeadItems(Database database) {
        this.database = database;
    }

    /** In the order of their ids, after the given one; fewer than the limit when they are long. */
    List<DeadItem> list(Queue queue, Optional<String> after, int limit) {
        long[] from = after.map(DeadItems::parse).orElse(new long[] {-1, -1});
        return database.read(handle -> {
            List<DeadItem> page = new ArrayList<>();
            long bytes = 0;
            try (ResultIterator<DeadItem> rows =
                    query(handle, queue.id, from, limit).iterator()) {
                while (bytes < LIST_BYTES_MAX && rows.hasNext()) {
                    DeadItem item = rows.next();
                    bytes += item.item().length + item.history().length();
                    page.add(item);
                }
            }
            return page;
        });
    }

    private static ResultIterable<DeadItem> query(
            Handle handle, long queue, long[] from, int limit) {
        return handle.createQuery(
                        "SELECT parcel_id, position, failures, put_at, failed_at, history, body"
                                + " FROM failed_item WHERE queue_id = ? AND dead = 1"
                                + " AND (parcel_id > ? OR parcel_id = ? AND position > ?)"
                                + " ORDER BY parcel_id, position LIMIT ?")
                .bind(0, queue)
                .bind(1, from[0])
                .bind(2, from[0])
                .bind(3, from[1])
                .bind(4, limit)
                .map((row, context) -> new DeadItem(
                        row.getLong(1) + "." + row.getInt(2),
                        row.getInt(3),
                        Instant.ofEpochMilli(row.getLong(4)),
                        Instant.ofEpochMilli(row.getLong(5)),
                        row.getString(6),
                        row.getBytes(7)));
    }

    static boolean isId(String id) {
        return id.matches("[0-9]{1,18}\\.[0-9]{1,9}");
    }

    private static long[] parse(String id) {
        String[] parts = id.split("\\.", 2);
        return new long[] {Long.parseLong(parts[0]), Long.parseLong(parts[1])};
    }

    /** Gives them their attempts back and makes them due now; the named ones, or all. */
    long retry(Queue queue, List<String> ids) {
        return database.write(new Change(queue, ids, true));
    }

    long purge(Queue queue, List<String> ids) {
        return database.write(new Change(queue, ids, false));
    }

    private record Change(Queue queue, List<String> ids, boolean retry) implements Work<Long> {
        @Override
        public Long run(Handle tx) {
            String change = retry
                    ? "UPDATE failed_item SET dead = 0, failures = 1, due_at = 0"
                    : "DELETE FROM failed_item";
            if (ids.isEmpty()) {
                return (long) tx.execute(change + " WHERE queue_id = ? AND dead = 1", queue.id);
            }
            long changed = 0;
            for (String id : ids) {
                long[] key = parse(id);
                changed += tx.execute(
                        change
                                + " WHERE queue_id = ? AND dead = 1"
                                + " AND parcel_id = ? AND position = ?",
                        queue.id,
                        key[0],
                        key[1]);
            }
            return changed;
        }

        @Override
        public void committed(Long changed) {
            queue.deadChanged(-changed, retry);
            if (retry) {
                queue.loadDue();
            }
        }
    }
}
