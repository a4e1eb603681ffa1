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
        return database.write(new Change(queue, ids, true)).items();
    }

    long purge(Queue queue, List<String> ids) {
        return database.write(new Change(queue, ids, false)).items();
    }

    /** What a change was about. */
    private record Changed(long items, long bytes) {
        Changed plus(Changed more) {
            return new Changed(items + more.items, bytes + more.bytes);
        }
    }

    private record Change(Queue queue, List<String> ids, boolean retry) implements Work<Changed> {
        private static final String ALL = " WHERE dead = 1 AND queue_id = ?";
        private static final String ONE = ALL + " AND parcel_id = ? AND position = ?";

        @Override
        public Changed run(Handle tx) {
            if (ids.isEmpty()) {
                return change(tx, ALL, queue.id);
            }
            Changed all = new Changed(0, 0);
            for (String id : ids) {
                long[] key = parse(id);
                all = all.plus(change(tx, ONE, queue.id, key[0], key[1]));
            }
            return all;
        }

        private Changed change(Handle tx, String which, Object... keys) {
            String sum = "SELECT count(*), coalesce(sum(length(body) + 1), 0) FROM failed_item";
            Changed found = tx.select(sum + which, keys)
                    .map((row, context) -> new Changed(row.getLong(1), row.getLong(2)))
                    .one();
            String change = retry
                    ? "UPDATE failed_item SET dead = 0, failures = 1, due_at = 0"
                    : "DELETE FROM failed_item";
            tx.execute(change + which, keys);
            return found;
        }

        @Override
        public void committed(Changed changed) {
            if (retry) {
                queue.deadRetried(changed.items);
                queue.loadDue();
            } else {
                queue.deadPurged(changed.items, changed.bytes);
            }
        }
    }
}
