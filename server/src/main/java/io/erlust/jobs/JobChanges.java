package io.erlust.jobs;

import io.erlust.jobs.spec.JobId;
import io.erlust.jobs.spec.When;
import io.erlust.store.Database;
import io.erlust.store.Work;

import org.jdbi.v3.core.Handle;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The changes that jobs go through, each with all that follows from it in one transaction: the next
 * run, what linked jobs are told, what waits for an end. Its methods that take a transaction run on
 * the writer thread.
 */
final class JobChanges {
    private final Database database;
    private final JobEvents events;
    private final JobClock clock;
    private final JobOutbox outbox;
    private final SplittableRandom random = new SplittableRandom(); // the writer thread's

    JobChanges(Database database, JobEvents events, JobClock clock, JobOutbox outbox) {
        this.database = database;
        this.events = events;
        this.clock = clock;
        this.outbox = outbox;
    }

    /** A job after a change, and what to tell: nothing when there was none. */
    record Change(Job job, List<JobEvent> events) {
        static Change of(Job job) {
            return new Change(job, List.of(stateChanged(job, false)));
        }

        static Change none(Job job) {
            return new Change(job, List.of());
        }

        Change then(Change next) {
            List<JobEvent> both = new ArrayList<>(events);
            both.addAll(next.events);
            return new Change(next.job, both);
        }
    }

    interface Changing {
        Change in(Handle tx);
    }

    /** Several changes at once. */
    interface ChangingMany {
        List<Change> in(Handle tx);
    }

    /** Tells what has changed, once that is on disk. */
    void publish(Change change) {
        change.events().forEach(events::publish);
    }

    /** Waits until it is on disk. */
    Change write(Changing changing) {
        return writeAll(tx -> List.of(changing.in(tx))).getFirst();
    }

    /** The same for several. */
    List<Change> writeAll(ChangingMany changing) {
        return database.write(new Work<List<Change>>() {
            @Override
            public List<Change> run(Handle tx) {
                return changing.in(tx);
            }

            @Override
            public void committed(List<Change> changes) {
                changes.forEach(JobChanges.this::publish);
            }
        });
    }

    /** A run that begins is linked; at once it may be told that it has ended. */
    Change begun(Handle tx, Job job) {
        Change change = Change.of(job);
        if (job.spec().links().isEmpty()) {
            return change;
        }
        LinkRows.insert(tx, job);
        List<JobId> named = job.spec().links();
        Optional<String> noproc = Links.noproc(named, JobRows.named(tx, named));
        return noproc.isEmpty()
                ? change
                : change.then(moved(tx, job, JobState.FAILED, noproc, List.of()));
    }

    /** Notes what a run has to wait for; what has ended already counts at once. */
    Change waiting(Handle tx, Job job, When.After after) {
        Change change = Change.none(job);
        Map<JobId, Job> named = JobRows.named(tx, after.jobs());
        for (JobId id : after.jobs()) {
            Job awaited = named.get(id);
            if (awaited == null) { // of a retry: how that one ended is forgotten
                throw new JobStateConflict(
                        job, "retry", "a job after others that are kept (" + id + " is not)");
            }
            if (!awaited.state().isFinal()) {
                AfterRows.insert(tx, job, awaited);
            }
        }
        List<Job> ended = named.values().stream()
                .filter(each -> each.state().isFinal())
                .sorted(Comparator.comparing(Job::state).reversed())
                .toList(); // those that did not complete first: one of these decides alone
        for (Job each : ended) {
            change = change.then(awaitedEnded(tx, change.job(), each.id(), each.state()));
        }
        return change;
    }

    /** One of the jobs that a scheduled one waits for has ended, and its row is gone. */
    Change awaitedEnded(Handle tx, Job job, JobId awaited, JobState state) {
        if (job.state() != JobState.SCHEDULED
                || !(job.spec().when() instanceof When.After(var jobs, When.On on))) {
            return Change.none(job);
        }
        boolean completed = state == JobState.COMPLETED;
        if (on == When.On.COMPLETED && !completed) {
            String how = state == JobState.FAILED ? "failed" : "was cancelled";
            Optional<String> why = Optional.of("job " + awaited + ", which it runs after, " + how);
            return moved(tx, job, JobState.FAILED, why, List.of());
        }
        if (on == When.On.FAILED && !completed) {
            return fired(tx, job);
        }
        if (AfterRows.isAwaiting(tx, job.serial())) {
            return Change.none(job);
        }
        Optional<String> notNeeded = Optional.of("not needed: the jobs it runs after completed");
        return on == When.On.FAILED
                ? moved(tx, job, JobState.CANCELLED, notNeeded, List.of())
                : fired(tx, job);
    }

    /** A scheduled job may run now: into the line; a paused one when it is resumed. */
    Change fired(Handle tx, Job job) {
        if (job.paused()) {
            AfterRows.remove(tx, job.serial());
            Job due = job.with(job.times().due(now()), true);
            JobRows.update(tx, due);
            return Change.none(due);
        }
        return ready(tx, job, false);
    }

    /** Into the line, whatever it waits for. */
    Change ready(Handle tx, Job job, boolean staysPaused) {
        Job ready = job.with(job.times().fired(now(), replacedAt(job)), staysPaused);
        return moved(tx, ready, JobState.AVAILABLE, job.reason(), List.of());
    }

    /** When the next run takes the place of one that begins, or goes on, now. */
    Optional<Instant> replacedAt(Job job) {
        return job.spec().when() instanceof When.Cron cron && cron.overlap() == When.Overlap.REPLACE
                ? cron.after(job.times().served(now()))
                        .filter(at -> !job.times().isOver(at))
                : Optional.empty();
    }

    /** No longer paused: what passed meanwhile is left out. */
    Change resumed(Handle tx, Job job) {
        Times times = job.times();
        boolean isFired = times.firedAt().isPresent();
        if (job.spec().when() instanceof When.Cron cron) {
            times = isFired
                    ? times.servedUpTo(now(), replacedAt(job))
                    : cron.after(times.served(now())).map(times::due).orElse(times);
        }
        Job resumed = job.with(times, false);
        boolean mayRun = isFired || job.spec().when() instanceof When.After;
        boolean isDue = times.due().map(due -> !due.isSteady()).orElse(false); // no retry's pause
        if (job.state() == JobState.SCHEDULED && mayRun && isDue) {
            return fired(tx, resumed);
        }
        JobRows.update(tx, resumed);
        return Change.of(resumed);
    }

    /** The one way a run changes its state. */
    Change moved(Handle tx, Job job, JobState to, Optional<String> reason, List<NodeStatus> nodes) {
        if (!job.state().next().contains(to)) {
            throw new JobStateConflict(
                    job, "move to " + to.wire() + " of", "a state that leads there");
        }
        if (job.state() == JobState.SCHEDULED && job.spec().when() instanceof When.After) {
            AfterRows.remove(tx, job.serial());
        }
        Job moved = job.moved(to, reason, nodes, now());
        if (to.isFinal()) {
            return new Change(moved, ended(tx, job, moved));
        }
        JobRows.update(tx, moved);
        if (to == JobState.RUNNING && job.startedAt().isEmpty()) {
            outbox.started(tx, moved);
        }
        return Change.of(moved);
    }

    Change cancelling(Handle tx, Job job, Cancel why) {
        Job asked = job.cancelRequested(why);
        JobRows.update(tx, asked);
        return new Change(asked, List.of(new JobEvent.CancelRequested(job.id(), why.reason())));
    }

    /** A run has ended, and its links with it: what others are told may end these as well. */
    private List<JobEvent> ended(Handle tx, Job before, Job first) {
        List<JobEvent> told = new ArrayList<>();
        NextRun nextRun = new NextRun(now(), clock.steadyNow(), random);
        Deque<Job> endings = new ArrayDeque<>();
        Optional<Job> next = nextRun.of(first, before.cancel(), before.signal().isPresent());
        boolean retried = next.isPresent() && next.get().attempt() > 1;
        told.add(stateChanged(first, retried));
        outbox.ended(tx, first, retried);
        if (!store(tx, first, next, told)) {
            endings.add(first);
        }
        while (!endings.isEmpty()) {
            Job ending = endings.remove();
            AfterRows.ended(tx, ending);
            Optional<String> signal = Links.signal(ending);
            for (long serial : LinkRows.remove(tx, ending.serial())) {
                Optional<Job> reached =
                        signal.flatMap(why -> Links.reached(JobRows.light(tx, serial), why, now()));
                reached.ifPresent(job -> {
                    AfterRows.remove(tx, serial);
                    JobRows.update(tx, job);
                    told.add(stateChanged(job, false));
                    if (job.state().isFinal()) {
                        outbox.ended(tx, job, false);
                        endings.add(job);
                    }
                });
            }
        }
        return told;
    }

    /** True when another attempt follows: to others the job has not ended. */
    private static boolean store(Handle tx, Job ended, Optional<Job> next, List<JobEvent> told) {
        if (next.isEmpty()) {
            JobRows.update(tx, ended.with(ended.times(), false)); // there is nothing to resume
            return false;
        }
        boolean retried = next.get().attempt() > 1;
        RunRows.archive(tx, ended, retried);
        JobRows.update(tx, next.get());
        told.add(stateChanged(next.get(), false));
        return retried;
    }

    static JobEvent stateChanged(Job job, boolean retried) {
        return new JobEvent.StateChanged(job.withoutProgram(), retried);
    }

    private Instant now() {
        return clock.now();
    }
}
