package io.erlust.callbacks;

import io.erlust.callbacks.CursorRows.NewCallback;
import io.erlust.callbacks.CursorRows.Next;
import io.erlust.callbacks.CursorRows.Run;
import io.erlust.callbacks.OpenRuns.Look;
import io.erlust.jobs.Job;
import io.erlust.jobs.RunData;
import io.erlust.jobs.spec.JobId;
import io.erlust.lifecycle.Rounds;
import io.erlust.store.Database;
import io.erlust.store.StoreException;
import io.erlust.store.Work;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Makes callbacks of results and final states. What is to be told is read from the results log
 * behind the run's cursor, so a crash at any point tells nothing twice and leaves nothing out. A
 * cursor is opened as soon as its job is known, before anything can happen to it.
 */
final class CallbackRecorder {
    private static final Logger log = LoggerFactory.getLogger(CallbackRecorder.class);

    /** Jobs that may have ended before their cursor was opened, when a crash came in between. */
    private static final int NEWEST = 256;

    /** Callbacks of one commit; bounds the memory of a round. */
    private static final int ROUND_MAX = 64;

    private final Database database;
    private final JobLookup jobs;
    private final CallbackConfig config;
    private final WallClock wall;
    private final WallClock steady;
    private final MonotonicClock clock;
    private final Runnable made;
    private final OpenRuns runs;
    private final Rounds rounds = new Rounds("callback-recorder", this::round);

    /** Only the recorder's thread. */
    private boolean recovered;

    /**
     * @param wall what callbacks say when they were made
     * @param steady when they are due
     * @param made called when callbacks were made
     */
    CallbackRecorder(
            Database database,
            JobLookup jobs,
            CallbackConfig config,
            WallClock wall,
            WallClock steady,
            MonotonicClock clock,
            Runnable made) {
        this.database = database;
        this.jobs = jobs;
        this.config = config;
        this.wall = wall;
        this.steady = steady;
        this.clock = clock;
        this.made = made;
        this.runs = new OpenRuns(config, clock);
    }

    void start() {
        rounds.start();
    }

    boolean stop(Duration deadline) throws InterruptedException {
        return rounds.stop(deadline);
    }

    /**
     * A job in a new state. Called on the writer thread: what is submitted here comes before its
     * next change.
     */
    void changed(Job job) {
        Optional<URI> url = job.spec().callbackUrl();
        if (url.isEmpty()) {
            return;
        }
        Run run = new Run(job.serial(), job.run(), job.id(), host(url.get()));
        switch (job.state()) {
            case SCHEDULED, AVAILABLE -> {
                var _ = database.submit(opening(run));
            }
            case RUNNING -> runs.begun(run);
            case COMPLETED, FAILED, CANCELLED -> {
                runs.note(run);
                rounds.wake();
            }
        }
    }

    /** Results up to a number are in the log of a run. */
    void appended(JobId job, int run, long lastSeq) {
        if (runs.appended(job, run, lastSeq)) {
            rounds.wake();
        }
    }

    /** One of a job's callbacks has ended: there is room for another. */
    void room(JobId job) {
        if (runs.room(job)) {
            rounds.wake();
        }
    }

    /** Looks at all that is behind of one job. */
    void reopened(long serial) {
        database.read(handle -> CursorRows.behind(handle, Optional.of(serial)))
                .forEach(run -> runs.note(run));
        rounds.wake();
    }

    private static String host(URI url) {
        try {
            return Target.of(url).authority();
        } catch (TargetRefused e) {
            return "(refused)"; // its attempts will say why
        }
    }

    private static Work<Integer> opening(Run run) {
        return new Work<Integer>() {
            @Override
            public Integer run(Handle tx) {
                return CursorRows.open(tx, run);
            }

            @Override
            public void rolledBack(StoreException why) {
                log.warn(
                        "job {}: its callbacks can't be prepared yet: {}",
                        run.job(),
                        why.getMessage());
            }
        };
    }

    private Duration round() {
        if (!recovered) {
            recover();
            recovered = true;
        }
        List<Look> ready = runs.take(ROUND_MAX);
        if (!ready.isEmpty()) {
            record(ready);
        }
        return runs.rest();
    }

    /**
     * After a start: what was committed before, and not told because the server died or stopped.
     */
    private void recover() {
        for (JobId id : database.read(handle -> CursorRows.unopened(handle, NEWEST))) {
            Optional<Job> job = jobs.get(id);
            Optional<URI> url = job.flatMap(found -> found.spec().callbackUrl());
            if (job.isPresent() && url.isPresent()) {
                Job found = job.get();
                database.write(opening(new Run(found.serial(), found.run(), id, host(url.get()))));
            }
        }
        database.read(handle -> CursorRows.behind(handle, Optional.empty()))
                .forEach(run -> runs.note(run));
    }

    /** One callback a run; all in one commit. */
    private void record(List<Look> looks) {
        List<CompletableFuture<Boolean>> works = new ArrayList<>();
        RuntimeException failure = null;
        for (Look look : looks) {
            try {
                look(look).ifPresent(works::add);
            } catch (RuntimeException e) {
                runs.again(look);
                failure = e;
            }
        }
        boolean any = false;
        for (CompletableFuture<Boolean> work : works) {
            try {
                any |= work.join();
            } catch (CompletionException e) {
                failure = e.getCause() instanceof RuntimeException cause ? cause : e;
            }
        }
        if (any) {
            made.run();
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** What is to be told of a run, on its way to the disk. */
    private Optional<CompletableFuture<Boolean>> look(Look look) {
        Run run = look.run();
        long begun = clock.nanos();
        Instant now = wall.now();
        Instant due = steady.now();
        return switch (database.read(handle -> CursorRows.next(handle, run, config))) {
            case Next.Full full -> Optional.empty(); // held until room() is called
            case Next.Nothing nothing -> {
                runs.nothing(look);
                yield Optional.empty();
            }
            case Next.Closed closed -> {
                runs.closed(look);
                yield Optional.empty();
            }
            case Next.Batch batch -> {
                byte[] body = CallbackBody.results(run.job(), run.run(), batch.results(), now);
                var callback = new NewCallback(
                        batch.cursor(), batch.last(), false, RunData.RESULTS, body, due);
                yield Optional.of(submit(
                        look, callback, () -> runs.told(look, batch.last(), batch.cut(), begun)));
            }
            case Next.End end -> {
                byte[] body =
                        CallbackBody.end(run.job(), run.run(), end.cursor(), end.ending(), now);
                var callback = new NewCallback(
                        end.cursor(), end.cursor(), true, end.ending().type(), body, due);
                yield Optional.of(submit(look, callback, () -> runs.closed(look)));
            }
        };
    }

    private CompletableFuture<Boolean> submit(Look look, NewCallback callback, Runnable then) {
        return database.submit(new Work<Boolean>() {
            @Override
            public Boolean run(Handle tx) {
                return CursorRows.advance(tx, look.run(), callback);
            }

            @Override
            public void committed(Boolean advanced) {
                if (advanced) {
                    then.run();
                } else {
                    runs.again(look);
                }
            }

            @Override
            public void rolledBack(StoreException why) {
                runs.again(look);
            }
        });
    }
}
