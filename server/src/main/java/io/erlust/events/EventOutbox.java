package io.erlust.events;

import io.erlust.events.EventRows.Row;
import io.erlust.events.EventRows.Told;
import io.erlust.jobs.Job;
import io.erlust.jobs.JobOutbox;
import io.erlust.jobs.RunData;
import io.erlust.jobs.RunEnding;
import io.erlust.jobs.spec.JobId;
import io.erlust.store.Database;
import io.erlust.time.WallClock;

import org.jdbi.v3.core.Handle;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Events as rows before they are messages: written in the transaction of what they tell, deleted
 * when they are told. Results of a run that nobody has taken yet are one row however many they
 * become: a broker that is away for long costs little. What was taken is never extended, so that
 * the same row is the same events whenever it is taken again.
 */
public final class EventOutbox implements JobOutbox {
    /** Serials the rows may span. With more to tell, the oldest go. */
    static final long ROWS_MAX = 1_000_000;

    /** Rows that are taken at once. */
    static final int TAKEN_MAX = 100;

    private final Database database;
    private final WallClock clock;
    private final long rowsMax;

    /**
     * The row that holds the last results of a run. Only touched on the writer thread. When a work
     * is rolled back it may name a row that is not there, or is another one: that is not extended.
     */
    private final Map<Run, Long> open = new HashMap<>();

    private record Run(long job, int run) {}

    /** What is to be told next, and how many older rows were dropped. */
    record Taken(List<Row> rows, int dropped) {}

    public EventOutbox(Database database, WallClock clock) {
        this(database, clock, ROWS_MAX);
    }

    EventOutbox(Database database, WallClock clock, long rowsMax) {
        this.database = database;
        this.clock = clock;
        this.rowsMax = rowsMax;
    }

    @Override
    public void started(Handle tx, Job job) {
        insert(tx, job, RunData.STARTED, job.startedAt());
    }

    @Override
    public void ended(Handle tx, Job job, boolean retried) {
        open.remove(new Run(job.serial(), job.run()));
        insert(tx, job, RunEnding.type(job.state(), retried), job.endedAt());
    }

    private void insert(Handle tx, Job job, String type, Optional<Instant> at) {
        Instant when = at.orElseGet(clock::now);
        EventRows.insert(tx, id(), job.serial(), job.run(), type, 0, 0, when);
    }

    @Override
    public void appended(Handle tx, long serial, int run, long firstSeq, long lastSeq) {
        Run of = new Run(serial, run);
        Long last = open.get(of);
        if (last == null || !EventRows.extend(tx, last, serial, run, firstSeq, lastSeq)) {
            String type = RunData.RESULTS;
            open.put(
                    of,
                    EventRows.insert(tx, id(), serial, run, type, firstSeq, lastSeq, clock.now()));
        }
    }

    /** A UUID, so it is unique over servers, and over a store that was restored from a backup. */
    private String id() {
        return JobId.fresh(clock.now()).value();
    }

    /**
     * Answers the rows that are to be told next, when they are on disk. These do not change any
     * more; what happens from now on goes into others.
     *
     * @param told what was told meanwhile
     */
    Taken take(Optional<Told> told) {
        return database.write(tx -> {
            told.ifPresent(some -> EventRows.told(tx, some));
            int dropped = EventRows.trim(tx, rowsMax);
            List<Row> rows = EventRows.next(tx, TAKEN_MAX);
            rows.forEach(row -> open.remove(new Run(row.job(), row.run())));
            return new Taken(rows, dropped);
        });
    }

    /** How many rows wait; a query. */
    public long pending() {
        return database.read(EventRows::pending);
    }
}
