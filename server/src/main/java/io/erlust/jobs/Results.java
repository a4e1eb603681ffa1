package io.erlust.jobs;

import io.erlust.json.Lines;
import io.erlust.store.Database;
import io.erlust.time.WallClock;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.result.ResultIterable;
import org.jdbi.v3.core.result.ResultIterator;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/** The results logs: one ordered, durable log a run. Appending happens inside somebody's work. */
public final class Results {
    /** A run that emits more is refused further results. */
    public static final long RESULTS_MAX = 10_000_000;

    private static final long READ_BYTES_MAX = 4L << 20;

    private final Database database;
    private final WallClock clock;
    private final JobOutbox outbox;

    /** Last sequence number of each run being written. Only touched on the writer thread. */
    private final Map<Run, Long> last = new HashMap<>();

    private record Run(long serial, int run) {}

    public Results(Database database, WallClock clock) {
        this(database, clock, JobOutbox.NONE);
    }

    /** @param outbox is written in the transactions that append */
    public Results(Database database, WallClock clock, JobOutbox outbox) {
        this.database = database;
        this.clock = clock;
        this.outbox = outbox;
    }

    /**
     * Appends in the transaction of a work; call {@link #forget} in its {@code rolledBack}.
     *
     * @param items the item each value answers, or null; a value for an item that has one is
     *     dropped
     * @return the log's last sequence number
     */
    public long append(
            Handle tx, long serial, int run, int node, Lines values, @Nullable List<String> items) {
        Run key = new Run(serial, run);
        long seq = last.getOrDefault(key, -1L);
        if (seq < 0) {
            seq = lastSeq(tx, serial, run);
        }
        if (seq + values.count() > RESULTS_MAX) {
            throw new ResultsFull();
        }
        int[] added = insert(tx, serial, run, seq, node, values, items);
        if (IntStream.of(added).anyMatch(count -> count == 0)) {
            // some items had their result already: number the others without gaps
            tx.execute(
                    "DELETE FROM result WHERE job_serial = ? AND run = ? AND seq > ?",
                    serial,
                    run,
                    seq);
            int[] fresh =
                    IntStream.range(0, added.length).filter(i -> added[i] != 0).toArray();
            values = Lines.of(IntStream.of(fresh).mapToObj(values::line).toArray(byte[][]::new));
            List<String> all = Objects.requireNonNull(items);
            insert(
                    tx,
                    serial,
                    run,
                    seq,
                    node,
                    values,
                    IntStream.of(fresh).mapToObj(all::get).toList());
        }
        if (values.count() > 0) {
            outbox.appended(tx, serial, run, seq + 1, seq + values.count());
        }
        seq += values.count();
        last.put(key, seq);
        return seq;
    }

    private int[] insert(
            Handle tx,
            long serial,
            int run,
            long after,
            int node,
            Lines values,
            @Nullable List<String> items) {
        if (values.count() == 0) {
            return new int[0];
        }
        long now = clock.now().toEpochMilli();
        try (PreparedBatch batch =
                tx.prepareBatch("INSERT INTO result (job_serial, run, seq, node, at, item, value)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")) {
            for (int i = 0; i < values.count(); i++) {
                batch.bind(0, serial).bind(1, run).bind(2, after + 1 + i).bind(3, node);
                batch.bind(4, now).bind(5, items == null ? null : items.get(i));
                batch.bind(6, values.line(i)).add();
            }
            return batch.execute();
        }
    }

    /** Listens to events, on the writer thread: a run that ended emits no more. */
    public void on(JobEvent event) {
        if (event instanceof JobEvent.StateChanged(Job job, var _)
                && job.state().isFinal()) {
            forget(job.serial(), job.run());
        }
    }

    /** After a rollback the remembered numbers may be wrong; they are read again. Writer thread. */
    public void forget(long serial, int run) {
        last.remove(new Run(serial, run));
    }

    public static long lastSeq(Handle handle, long serial, int run) {
        return handle.createQuery(
                        "SELECT coalesce(max(seq), 0) FROM result WHERE job_serial = ? AND run = ?")
                .bind(0, serial)
                .bind(1, run)
                .mapTo(Long.class)
                .one();
    }

    public long lastSeq(long serial, int run) {
        return database.read(handle -> lastSeq(handle, serial, run));
    }

    /** At most {@code limit} results above {@code after}, in order; fewer when they are long. */
    public List<Result> read(long serial, int run, long after, int limit) {
        return database.read(handle -> read(handle, serial, run, after, limit));
    }

    /**
     * The same; ends early, but not before one result, when they are {@value #READ_BYTES_MAX}
     * bytes.
     */
    public static List<Result> read(Handle handle, long serial, int run, long after, int limit) {
        List<Result> page = new ArrayList<>();
        long bytes = 0;
        try (ResultIterator<Result> rows =
                query(handle, serial, run, after, limit).iterator()) {
            while (bytes < READ_BYTES_MAX && rows.hasNext()) {
                Result result = rows.next();
                bytes += result.value().length;
                page.add(result);
            }
        }
        return page;
    }

    private static ResultIterable<Result> query(
            Handle handle, long serial, int run, long after, int limit) {
        return handle.createQuery(
                        "SELECT seq, node, at, item, value FROM result WHERE job_serial = ?"
                                + " AND run = ? AND seq > ? ORDER BY seq LIMIT ?")
                .bind(0, serial)
                .bind(1, run)
                .bind(2, after)
                .bind(3, limit)
                .map((row, context) -> new Result(
                        row.getLong("seq"),
                        row.getInt("node"),
                        Instant.ofEpochMilli(row.getLong("at")),
                        Optional.ofNullable(row.getString("item")),
                        row.getBytes("value")));
    }
}
