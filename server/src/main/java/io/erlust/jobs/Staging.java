package io.erlust.jobs;

import io.erlust.jobs.JobChanges.Change;
import io.erlust.jobs.spec.When;
import io.erlust.store.Database;

import org.jdbi.v3.core.Handle;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What happens to jobs because time goes by or because others ended: in small batches, each on disk
 * when its method returns. What these cost does not depend on how many jobs wait.
 */
public final class Staging {
    /** A schedule that wants no run to be made up for lets an instant go that is this late. */
    private static final Duration LATE = Duration.ofSeconds(60);

    private static final int BATCH = 256;

    private final Database database;
    private final JobClock clock;
    private final JobChanges changes;

    Staging(Database database, JobClock clock, JobChanges changes) {
        this.database = database;
        this.clock = clock;
        this.changes = changes;
    }

    /**
     * Does one batch of what is to be done now.
     *
     * @return how many jobs it moved; {@link #rest} says whether there is more to do
     */
    public int stage() {
        StageRows.Next next = database.read(StageRows::next);
        Instant now = clock.now();
        int staged = 0;
        if (next.anyEnded()) {
            staged += changes.writeAll(this::ended).size();
        }
        if (isDue(next.expires(), now)) {
            staged += changes.writeAll(this::expired).size();
        }
        if (isDue(next.due(), now) || isDue(next.dueSteady(), clock.steadyNow())) {
            staged += changes.writeAll(this::due).size();
        }
        if (isDue(next.replace(), now)) {
            staged += changes.writeAll(this::replaced).size();
        }
        return staged;
    }

    /** How long there is nothing to do, as far as one can know: at most {@code atMost}. */
    public Duration rest(Duration atMost) {
        StageRows.Next next = database.read(StageRows::next);
        if (next.anyEnded()) {
            return Duration.ZERO;
        }
        Instant now = clock.now();
        Duration rest = atMost;
        for (Optional<Instant> at : List.of(next.due(), next.expires(), next.replace())) {
            rest = shorter(rest, at, now);
        }
        return shorter(rest, next.dueSteady(), clock.steadyNow());
    }

    private static boolean isDue(Optional<Instant> at, Instant now) {
        return at.isPresent() && !at.get().isAfter(now);
    }

    private static Duration shorter(Duration rest, Optional<Instant> at, Instant now) {
        if (at.isEmpty()) {
            return rest;
        }
        Duration left = Duration.between(now, at.get());
        return left.isNegative() ? Duration.ZERO : left.compareTo(rest) < 0 ? left : rest;
    }

    /** Who waits for one job that has ended is told so. */
    private List<Change> ended(Handle tx) {
        Optional<AfterRows.Ended> found = AfterRows.nextEnded(tx);
        if (found.isEmpty()) {
            return List.of();
        }
        AfterRows.Ended ended = found.get();
        List<Change> done = new ArrayList<>();
        List<Long> waiting = AfterRows.waiting(tx, ended, BATCH);
        for (long serial : waiting) {
            AfterRows.remove(tx, ended.serial(), serial);
            Job job = JobRows.light(tx, serial);
            done.add(changes.awaitedEnded(tx, job, ended.id(), ended.state()));
        }
        if (waiting.size() < BATCH) {
            AfterRows.told(tx, ended);
        }
        return done;
    }

    private List<Change> expired(Handle tx) {
        List<Change> done = new ArrayList<>();
        for (Job job : StageRows.expired(tx, clock.now(), BATCH)) {
            Optional<String> why = Optional.of(
                    "expired: it had not started by " + job.times().expiresAt().orElseThrow());
            done.add(changes.moved(tx, job, JobState.CANCELLED, why, List.of()));
        }
        return done;
    }

    private List<Change> due(Handle tx) {
        List<Change> done = new ArrayList<>();
        for (Job job : StageRows.due(tx, clock.now(), clock.steadyNow(), BATCH)) {
            done.add(due(tx, job));
        }
        return done;
    }

    /** A schedule that this program can't read any more keeps no other job from being staged. */
    private Change due(Handle tx, Job job) {
        try {
            return isLate(job) ? later(tx, job) : changes.fired(tx, job);
        } catch (IllegalArgumentException e) {
            Optional<String> why = Optional.of("its schedule can't be read: " + e.getMessage());
            return changes.moved(tx, job, JobState.CANCELLED, why, List.of());
        }
    }

    /** No server ran when it was due, and nobody wants to make up for that. */
    private boolean isLate(Job job) {
        boolean late = job.times().due().orElseThrow().at().plus(LATE).isBefore(clock.now());
        return late
                && job.times().firedAt().isEmpty()
                && job.spec().when() instanceof When.Cron cron
                && !cron.catchUp();
    }

    private Change later(Handle tx, Job job) {
        When.Cron cron = (When.Cron) job.spec().when();
        Optional<Instant> next = cron.after(clock.now().minus(LATE).minusMillis(1));
        if (next.isPresent() && !next.get().isAfter(clock.now())) {
            return changes.fired(tx, job); // others are late, this one is not
        }
        if (next.isEmpty()) {
            Optional<String> why = Optional.of("its schedule has no more instants");
            return changes.moved(tx, job, JobState.CANCELLED, why, List.of());
        }
        Job later = job.with(job.times().due(next.get()), job.paused());
        JobRows.update(tx, later);
        return Change.of(later);
    }

    /** The next run of a recurring job is due, and it is to take the place of this one. */
    private List<Change> replaced(Handle tx) {
        List<Change> done = new ArrayList<>();
        for (Job job : StageRows.replaced(tx, clock.now(), BATCH)) {
            boolean stops = job.state() == JobState.RUNNING
                    && !job.cancelling()
                    && !job.paused()
                    && job.spec().when() instanceof When.Cron;
            Times times = job.state() == JobState.AVAILABLE
                    ? job.times().servedUpTo(clock.now(), changes.replacedAt(job)) // stands for it
                    : job.times().replacing(Optional.empty());
            Job noted = job.with(times, job.paused());
            if (stops) {
                done.add(changes.cancelling(tx, noted, Cancel.REPLACED));
            } else {
                JobRows.update(tx, noted);
                done.add(Change.none(noted));
            }
        }
        return done;
    }
}
