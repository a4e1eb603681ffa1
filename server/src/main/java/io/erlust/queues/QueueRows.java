package io.erlust.queues;

import io.erlust.json.Lines;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.result.ResultIterator;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Every SQL text about queues and items. Called on the writer thread inside a work. */
final class QueueRows {
    private QueueRows() {}

    /** When a broker's item is due that is in hand: not in this life of the server. */
    static final long KEPT = 1L << 60;

    record Counts(long ready, long retrying, long dead, long bytes) {}

    record QueueRow(long id, String name, String config) {}

    static List<QueueRow> queues(Handle tx) {
        return tx.createQuery("SELECT id, name, config FROM queue ORDER BY id")
                .map((row, context) ->
                        new QueueRow(row.getLong(1), row.getString(2), row.getString(3)))
                .list();
    }

    static long insertQueue(Handle tx, String name, String config, long now) {
        return tx.createQuery("INSERT INTO queue (name, config, created_at) VALUES (?, ?, ?)"
                        + " RETURNING id")
                .bind(0, name)
                .bind(1, config)
                .bind(2, now)
                .mapTo(Long.class)
                .one();
    }

    static void updateConfig(Handle tx, long queue, String config) {
        tx.execute("UPDATE queue SET config = ? WHERE id = ?", config, queue);
    }

    /** A new life of the server: what was handed out in the one before may be handed out again. */
    static void countRestart(Handle tx, long now) {
        tx.execute("UPDATE delivery SET restarts = restarts + 1");
        tx.execute("UPDATE failed_item SET due_at = 0 WHERE dead = 0 AND due_at = ?", KEPT);
        tx.execute(
                "UPDATE failed_item SET restarts = restarts + 1 WHERE dead = 0 AND due_at <= ?",
                now);
    }

    static Counts counts(Handle tx, long queue) {
        long[] parcels = tx.createQuery(
                        "SELECT coalesce(sum(items), 0), coalesce(sum(bytes), 0) FROM parcel"
                                + " WHERE queue_id = ?")
                .bind(0, queue)
                .map((row, context) -> new long[] {row.getLong(1), row.getLong(2)})
                .one();
        long done = number(
                tx, "SELECT coalesce(sum(done_items), 0) FROM delivery WHERE queue_id = ?", queue);
        long retrying = number(
                tx, "SELECT count(*) FROM failed_item WHERE dead = 0 AND queue_id = ?", queue);
        long dead = number(
                tx, "SELECT count(*) FROM failed_item WHERE dead = 1 AND queue_id = ?", queue);
        long failedBytes = number(
                tx,
                "SELECT coalesce(sum(length(body) + 1), 0) FROM failed_item WHERE queue_id = ?",
                queue);
        return new Counts(parcels[0] - done, retrying, dead, parcels[1] + failedBytes);
    }

    private static long number(Handle tx, String sql, long queue) {
        return tx.createQuery(sql).bind(0, queue).mapTo(Long.class).one();
    }

    static long insertParcel(Handle tx, long queue, Lines items, long now) {
        return tx.createQuery("INSERT INTO parcel (queue_id, items, bytes, put_at, body)"
                        + " VALUES (?, ?, ?, ?, ?) RETURNING id")
                .bind(0, queue)
                .bind(1, items.count())
                .bind(2, items.bytes().length)
                .bind(3, now)
                .bind(4, items.bytes())
                .mapTo(Long.class)
                .one();
    }

    /** Before any item of these parcels is handed out. */
    static void open(Handle tx, long queue, List<Long> parcels) {
        try (PreparedBatch batch =
                tx.prepareBatch("INSERT INTO delivery (parcel_id, queue_id) VALUES (?, ?)"
                        + " ON CONFLICT DO NOTHING")) {
            parcels.forEach(parcel -> batch.bind(0, parcel).bind(1, queue).add());
            batch.execute();
        }
    }

    /** Spans of the parcels up to {@code lastId}. */
    record Loaded(List<Span> spans, long lastId) {}

    /** The next parcels after {@code after}, at most about {@code bytes} of them, opened. */
    static Loaded load(Handle tx, long queue, long after, long bytes) {
        List<Long> ids = new ArrayList<>();
        long sum = 0;
        for (long[] row : tx.createQuery(
                        "SELECT id, bytes FROM parcel WHERE queue_id = ? AND id > ?"
                                + " ORDER BY id LIMIT 64")
                .bind(0, queue)
                .bind(1, after)
                .map((r, context) -> new long[] {r.getLong(1), r.getLong(2)})
                .list()) {
            if (sum > 0 && sum + row[1] > bytes) {
                break;
            }
            ids.add(row[0]);
            sum += row[1];
        }
        List<Span> spans = new ArrayList<>();
        for (long id : ids) {
            spans.addAll(loadOne(tx, id));
        }
        open(tx, queue, ids);
        return new Loaded(spans, ids.isEmpty() ? after : ids.getLast());
    }

    private static List<Span> loadOne(Handle tx, long id) {
        return tx.createQuery("SELECT p.put_at, p.body, d.restarts, d.done FROM parcel p"
                        + " LEFT JOIN delivery d ON d.parcel_id = p.id WHERE p.id = ?")
                .bind(0, id)
                .map((row, context) -> {
                    byte[] done = row.getBytes(4);
                    Parcel parcel = new Parcel(
                            id,
                            row.getLong(1),
                            Lines.split(row.getBytes(2)),
                            done == null ? new BitSet() : BitSet.valueOf(done));
                    return remaining(parcel, 1 + row.getInt(3));
                })
                .one();
    }

    private static List<Span> remaining(Parcel parcel, int attempt) {
        List<Span> spans = new ArrayList<>();
        for (int from = parcel.done.nextClearBit(0); from < parcel.count(); ) {
            int to = parcel.done.nextSetBit(from);
            if (to < 0) {
                to = parcel.count();
            }
            spans.add(new Span(parcel, from, to, attempt));
            from = parcel.done.nextClearBit(to);
        }
        return spans;
    }

    /** After bits of {@code parcel.done} were set. True when the parcel is gone. */
    static boolean storeDone(Handle tx, Parcel parcel) {
        if (!parcel.isStored()) {
            deleteSingle(tx, new ItemId(parcel.id, parcel.first));
            return true;
        }
        int done = parcel.done.cardinality();
        if (done == parcel.count()) {
            tx.execute("DELETE FROM parcel WHERE id = ?", parcel.id);
            tx.execute("DELETE FROM delivery WHERE parcel_id = ?", parcel.id);
            return true;
        }
        tx.execute(
                "UPDATE delivery SET done = ?, done_items = ? WHERE parcel_id = ?",
                parcel.done.toByteArray(),
                done,
                parcel.id);
        return false;
    }

    static void deleteSingle(Handle tx, ItemId item) {
        tx.execute(
                "DELETE FROM failed_item WHERE parcel_id = ? AND position = ?",
                item.parcel(),
                item.position());
    }

    static boolean hasSingle(Handle tx, ItemId item) {
        return tx.createQuery("SELECT 1 FROM failed_item WHERE parcel_id = ? AND position = ?")
                .bind(0, item.parcel())
                .bind(1, item.position())
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    record Failure(int failures, boolean dead, long dueAt, long failedAt, String history) {}

    static void storeFailure(Handle tx, long queue, Parcel parcel, int index, Failure failure) {
        tx.execute(
                "INSERT INTO failed_item (parcel_id, position, queue_id, dead, failures, due_at,"
                        + " put_at, failed_at, history, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                        + " ON CONFLICT (parcel_id, position) DO UPDATE SET dead = excluded.dead,"
                        + " failures = excluded.failures, due_at = excluded.due_at,"
                        + " failed_at = excluded.failed_at, history = excluded.history",
                parcel.id,
                parcel.first + index,
                queue,
                failure.dead ? 1 : 0,
                failure.failures,
                failure.dueAt,
                parcel.putAt,
                failure.failedAt,
                failure.history,
                parcel.items.line(index));
    }

    /** Items that are due, and whether there are more than that. */
    record Due(List<Span> spans, boolean more) {}

    /** Failed items whose retry is due, oldest first: so many, or about so many bytes, at most. */
    static Due due(Handle tx, long queue, long now, int limit, long bytes) {
        List<Span> spans = new ArrayList<>();
        long left = bytes;
        try (Query query = tx.createQuery(
                        "SELECT parcel_id, position, put_at, body, failures, restarts, history"
                                + " FROM failed_item"
                                + " WHERE queue_id = ? AND dead = 0 AND due_at <= ?"
                                + " ORDER BY due_at LIMIT ?");
                ResultIterator<Span> rows = query.bind(0, queue)
                        .bind(1, now)
                        .bind(2, limit)
                        .setFetchSize(16) // a driver may else read all of them at once
                        .map((row, context) -> dueItem(row))
                        .iterator()) {
            while (left > 0 && rows.hasNext()) {
                Span item = rows.next();
                spans.add(item);
                left -= item.bytes();
            }
        }
        return new Due(spans, left <= 0 || spans.size() == limit);
    }

    private static Span dueItem(ResultSet row) throws SQLException {
        int failures = row.getInt(5);
        Parcel parcel = Parcel.single(
                row.getLong(1),
                row.getInt(2),
                row.getLong(3),
                row.getBytes(4),
                failures,
                row.getString(7));
        return new Span(parcel, 0, 1, failures + 1 + row.getInt(6));
    }

    /** When the first retry after {@code now} is due; 0 when there is none. */
    static long nextDue(Handle tx, long queue, long now) {
        return tx.createQuery("SELECT coalesce(min(due_at), 0) FROM failed_item"
                        + " WHERE queue_id = ? AND dead = 0 AND due_at > ? AND due_at < ?")
                .bind(0, queue)
                .bind(1, now)
                .bind(2, KEPT)
                .mapTo(Long.class)
                .one();
    }

    /** Deletes the parcels after {@code after}; returns how many items and bytes they had. */
    static long[] purgeAfter(Handle tx, long queue, long after) {
        long[] gone = tx.createQuery("SELECT coalesce(sum(p.items - coalesce(d.done_items, 0)), 0),"
                        + " coalesce(sum(p.bytes), 0) FROM parcel p"
                        + " LEFT JOIN delivery d ON d.parcel_id = p.id"
                        + " WHERE p.queue_id = ? AND p.id > ?")
                .bind(0, queue)
                .bind(1, after)
                .map((row, context) -> new long[] {row.getLong(1), row.getLong(2)})
                .one();
        tx.execute(
                "DELETE FROM delivery WHERE queue_id = ? AND parcel_id > ?"
                        + " AND parcel_id IN (SELECT id FROM parcel)",
                queue,
                after);
        tx.execute("DELETE FROM parcel WHERE queue_id = ? AND id > ?", queue, after);
        return gone;
    }

    static List<String> producers(Handle tx, long queue) {
        return tx.createQuery("SELECT producer FROM producer WHERE queue_id = ?")
                .bind(0, queue)
                .mapTo(String.class)
                .list();
    }

    static void addProducer(Handle tx, long queue, String producer) {
        tx.execute(
                "INSERT INTO producer (queue_id, producer) VALUES (?, ?) ON CONFLICT DO NOTHING",
                queue,
                producer);
    }

    static void removeProducer(Handle tx, long queue, String producer) {
        tx.execute("DELETE FROM producer WHERE queue_id = ? AND producer = ?", queue, producer);
    }
}
