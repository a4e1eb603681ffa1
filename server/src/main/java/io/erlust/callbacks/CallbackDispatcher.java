package io.erlust.callbacks;

import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.spec.JobId;
import io.erlust.store.Database;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

/**
 * Tells applications what becomes of their jobs: results in batches as they come, then the end, in
 * that order, each at least once. Callbacks are rows before they are requests, so a crash loses
 * none.
 *
 * <p>Lifecycle: {@link #start}, {@link #quiet} (begins no more attempts), {@link #stop}; each may
 * be called again.
 */
public final class CallbackDispatcher {
    private static final Logger log = LoggerFactory.getLogger(CallbackDispatcher.class);

    public static final int LIST_MAX = 1000;

    /** What a callback may still be tried when it ran out of time while no server was running. */
    private static final Duration GRACE = Duration.ofHours(1);

    private final Database database;
    private final JobEvents events;
    private final WallClock steady;
    private final CallbackRecorder recorder;
    private final CallbackCourier courier;

    /** Guarded by this. */
    private boolean started;

    /** Written only under this. */
    private volatile boolean stopped;

    public CallbackDispatcher(
            Database database,
            JobEvents events,
            JobLookup jobs,
            TargetGuard guard,
            CallbackConfig config,
            WallClock wall,
            MonotonicClock clock) {
        this(
                database,
                events,
                jobs,
                guard,
                config,
                wall,
                clock,
                () -> ThreadLocalRandom.current().nextDouble());
    }

    /** @param random numbers from 0 to 1, from any thread: the spread of retries */
    CallbackDispatcher(
            Database database,
            JobEvents events,
            JobLookup jobs,
            TargetGuard guard,
            CallbackConfig config,
            WallClock wall,
            MonotonicClock clock,
            DoubleSupplier random) {
        this.database = database;
        this.events = events;
        this.steady = WallClock.steady(wall, clock);
        CallbackSender sender = new CallbackSender(jobs, config, guard, wall, clock);
        courier = new CallbackCourier(
                database, sender, config, steady, clock, random, this::hasEnded);
        recorder = new CallbackRecorder(database, jobs, config, wall, steady, clock, courier::wake);
    }

    /**
     * Call it before jobs can change: it listens from here on, and looks for what was missed
     * before.
     */
    public synchronized void start() {
        if (started || stopped) {
            return;
        }
        started = true;
        events.listen(this::on);
        database.write(tx -> {
            CallbackRows.extend(tx, steady.now().plus(GRACE));
            return 0;
        });
        recorder.start();
        courier.start();
    }

    private void on(JobEvent event) {
        if (stopped) {
            return; // the next start finds it
        }
        switch (event) {
            case JobEvent.StateChanged(var job, var _) -> recorder.changed(job);
            case JobEvent.ResultsAppended(var job, var run, var lastSeq) ->
                recorder.appended(job, run, lastSeq);
            case JobEvent.CancelRequested ignored -> {}
            case JobEvent.NodeChanged ignored -> {}
        }
    }

    private void hasEnded(JobId job) {
        recorder.room(job);
    }

    /** Begins no more attempts; callbacks are still made, and will be sent after the next start. */
    public void quiet() {
        courier.quiet();
    }

    /**
     * Lets attempts in flight end within the deadline, breaks off the others; they will be made
     * again.
     */
    public void stop(Duration deadline) {
        synchronized (this) {
            if (stopped) {
                return;
            }
            stopped = true;
        }
        try {
            courier.stop(deadline);
            if (!recorder.stop(deadline)) {
                log.warn("callbacks: the recorder did not stop within {}", deadline);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A job's delivery log, in order, above a number. */
    public List<Callback> list(JobId job, long after, int limit) {
        if (limit < 1 || limit > LIST_MAX) {
            throw new IllegalArgumentException(
                    "limit: expected 1 to " + LIST_MAX + ", got " + limit);
        }
        return database.read(handle -> CallbackRows.list(handle, job, after, limit));
    }

    /**
     * Sends a callback again, whatever became of it: at once if no earlier one of its job is
     * pending, else after those, which are tried at once. Deliveries that a 410 had ended go on.
     * Empty: there is none of that number.
     */
    public Optional<Callback> retry(JobId job, long seq) {
        Optional<Long> serial = database.read(handle -> CallbackRows.serial(handle, job));
        if (serial.isEmpty()) {
            return Optional.empty();
        }
        boolean found = database.write(tx -> {
            boolean again = CallbackRows.again(tx, serial.get(), seq, steady.now());
            if (again) {
                CursorRows.reopen(tx, serial.get());
            }
            return again;
        });
        if (!found) {
            return Optional.empty();
        }
        recorder.reopened(serial.get());
        courier.forgive(database.read(handle -> CallbackRows.host(handle, serial.get(), seq)));
        return list(job, seq - 1, 1).stream().findFirst();
    }

    /** For {@code /metrics} and {@code /v1/info}; costs nothing. */
    public CallbackCounters counters() {
        return courier.counters();
    }

    /** How many callbacks wait in the store to be delivered; a query. */
    public long pending() {
        return database.read(CallbackRows::pending);
    }

    /** Looks at once for what is due, as after the clock was set. */
    void wake() {
        courier.wake();
    }
}
