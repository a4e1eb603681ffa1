package io.erlust.jobs;

import io.erlust.jobs.JobChanges.Change;
import io.erlust.jobs.JobChanges.Changing;
import io.erlust.jobs.spec.JobId;
import io.erlust.jobs.spec.JobSpec;
import io.erlust.jobs.spec.JobSpecReader;
import io.erlust.jobs.spec.Life;
import io.erlust.jobs.spec.When;
import io.erlust.json.InvalidField;
import io.erlust.store.Database;
import io.erlust.time.WallClock;

import org.jdbi.v3.core.Handle;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * The jobs of the store. Everything that changes a job goes through here or through
 * {@link Staging}: it is checked against {@link JobState}, on disk when the method returns, and
 * told as a {@link JobEvent} between the two. The methods block; none may be called by a listener
 * of events, which runs on the writer thread.
 */
public final class Jobs {
    private static final int PAGE = 500;

    private final Database database;
    private final JobClock clock;
    private final JobChanges changes;
    private final Submissions submissions;

    /**
     * Looks at a job before it is stored, on the thread of who submits it; refuses it by throwing.
     */
    @FunctionalInterface
    public interface Admission {
        void admit(JobSpec spec);
    }

    public Jobs(Database database, JobEvents events, WallClock clock) {
        this(database, events, new JobClock(clock, clock), spec -> {}, JobOutbox.NONE);
    }

    /**
     * Jobs with a look at each before it is stored.
     *
     * @param admission makes what a job needs before it exists, such as the queues it produces
     * @param outbox is written in the transactions that change a job
     */
    public Jobs(
            Database database,
            JobEvents events,
            JobClock clock,
            Admission admission,
            JobOutbox outbox) {
        this.database = database;
        this.clock = clock;
        this.changes = new JobChanges(database, events, clock, outbox);
        this.submissions = new Submissions(database, clock, admission, changes);
    }

    /** The part of the jobs that moves on with time. */
    public Staging staging() {
        return new Staging(database, clock, changes);
    }

    /**
     * What became of a submission.
     *
     * @param existed the same job had been submitted before; nothing was changed
     */
    public record Submitted(Job job, boolean existed) {}

    public Submitted submit(JobSpec spec) {
        return submit(spec, "");
    }

    /**
     * Stores a job, or finds it when it was submitted before: repeating is safe.
     *
     * @param pointer where the job is in the body, for errors: {@link JobSpecReader#pointer}
     * @throws JobConflict a job of this id has other content
     * @throws InvalidField it is to run after, or be linked with, a job that does not exist
     */
    public Submitted submit(JobSpec spec, String pointer) {
        SubmittedTogether one = Database.join(submitting(List.of(new Submission(spec, pointer))));
        one.refusal().ifPresent(refusal -> {
            throw refusal;
        });
        return one.jobs().getFirst();
    }

    /**
     * A job to submit with others.
     *
     * @param pointer where the job is in its text, for errors: {@link JobSpecReader#pointer}
     */
    public record Submission(JobSpec spec, String pointer) {}

    /**
     * What became of jobs that were submitted together: of those up to the first that was refused,
     * and why that one was. Nothing behind it is stored.
     */
    public record SubmittedTogether(List<Submitted> jobs, Optional<RuntimeException> refusal) {}

    /**
     * Stores jobs in their order, in one transaction and without waiting for the disk: one may name
     * another that is before it.
     */
    public CompletableFuture<SubmittedTogether> submitting(List<Submission> several) {
        return submissions.submit(several);
    }

    public Optional<Job> get(JobId id) {
        return database.read(handle -> JobRows.find(handle, id));
    }

    /** Whether it is too late for the run to start. */
    public boolean hasExpired(Job job) {
        return job.startedAt().isEmpty() && job.times().isOver(clock.now());
    }

    /** Whether this is the run a job is in, and has not ended. */
    public boolean isUnderWay(long serial, int run) {
        return database.read(handle -> JobRows.isUnderWay(handle, serial, run));
    }

    /** Whether the record of a job's run is there: that of an old one may have been pruned. */
    public boolean keeps(Job job, int run) {
        return database.read(handle -> RunRows.keeps(handle, job.serial(), run));
    }

    /** Newest first. These have an empty source and no args: reading them is cheap. */
    public List<Job> list(JobQuery query) {
        return database.read(handle -> JobRows.list(handle, query));
    }

    /** The runs of a job before a run, newest first. */
    public List<JobRun> runs(Job job, int before, int limit) {
        return database.read(handle -> RunRows.list(handle, job.serial(), before, limit));
    }

    /**
     * The available jobs that are to start first: by priority, then those that wait longest. Cheap
     * like {@link #list}.
     */
    public List<Job> line(int limit) {
        return database.read(handle -> JobRows.line(handle, limit));
    }

    /** How many are before a job in the line, counted up to a limit. */
    public int ahead(Job job, int limit) {
        return database.read(handle -> JobRows.ahead(handle, job, limit));
    }

    /** Why a scheduled job is not available yet; empty in other states. */
    public Optional<WaitingFor> waitingFor(Job job) {
        if (job.state() != JobState.SCHEDULED) {
            return Optional.empty();
        }
        if (job.paused()) {
            return Optional.of(new WaitingFor.Paused());
        }
        Optional<Times.Due> due = job.times().due();
        if (due.isPresent()) {
            boolean isRetry = job.attempt() > 1 && due.get().isSteady();
            int attempts = job.spec().life().attempts();
            return Optional.of(
                    isRetry
                            ? new WaitingFor.Retry(due.get().at(), job.attempt(), attempts)
                            : new WaitingFor.Time(due.get().at()));
        }
        if (!(job.spec().when() instanceof When.After(var _, When.On on))) {
            return Optional.of(new WaitingFor.Manual());
        }
        List<JobId> awaited = database.read(handle -> AfterRows.awaited(handle, job.serial()));
        return Optional.of(new WaitingFor.After(awaited, on));
    }

    /** All jobs in a state, oldest first; cheap like {@link #list}. */
    public void forEachInState(JobState state, Consumer<Job> action) {
        forEach((handle, after) -> JobRows.inState(handle, state, after, PAGE), action);
    }

    /** All jobs that have not ended and declare queues that they produce; cheap as well. */
    public void forEachProducing(Consumer<Job> action) {
        forEach((handle, after) -> JobRows.producing(handle, after, PAGE), action);
    }

    private void forEach(BiFunction<Handle, Long, List<Job>> pages, Consumer<Job> action) {
        long last = 0;
        List<Job> page;
        do {
            long after = last;
            page = database.read(handle -> pages.apply(handle, after));
            page.forEach(action);
            last = page.isEmpty() ? last : page.getLast().serial();
        } while (page.size() == PAGE);
    }

    /** Starts a job now, whatever it waits for. Starting one that is on its way changes nothing. */
    public Job start(JobId id) {
        return change(tx -> {
            Job job = find(tx, id);
            return switch (job.state()) {
                case SCHEDULED -> // a recurring job that is paused stays so after this run
                    changes.ready(tx, job, job.paused() && job.spec().life().isRecurring());
                case AVAILABLE, RUNNING -> Change.none(job);
                case COMPLETED, FAILED, CANCELLED ->
                    throw new JobStateConflict(job, "start", "a job that has not ended");
            };
        });
    }

    /**
     * Cancels a job: at once when it does not run; else its nodes are asked to stop, and it is
     * cancelled when they have. Cancelling again changes nothing. A recurring job has ended with
     * that.
     */
    public Job cancel(JobId id) {
        return change(tx -> {
            Job job = find(tx, id);
            return switch (job.state()) {
                case SCHEDULED, AVAILABLE -> cancelled(tx, job, Cancel.REQUESTED, List.of());
                case RUNNING ->
                    job.cancel().equals(Optional.of(Cancel.REQUESTED))
                            ? Change.none(job)
                            : changes.cancelling(tx, job, Cancel.REQUESTED);
                case CANCELLED -> Change.none(job);
                case COMPLETED, FAILED ->
                    throw new JobStateConflict(job, "cancel", "a job that has not ended");
            };
        });
    }

    private Change cancelled(Handle tx, Job job, Cancel why, List<NodeStatus> nodes) {
        return changes.moved(tx, job, JobState.CANCELLED, Optional.of(why.reason()), nodes);
    }

    /**
     * Nothing more of a job begins until it is resumed; a run that goes on does. Pausing again
     * changes nothing.
     */
    public Job pause(JobId id) {
        return change(tx -> {
            Job job = find(tx, id);
            Life life = job.spec().life();
            boolean hasMore = switch (job.state()) {
                case SCHEDULED, AVAILABLE -> true;
                case RUNNING -> life.isRecurring() || job.attempt() < life.attempts();
                case COMPLETED, FAILED, CANCELLED -> false;
            };
            if (!hasMore) {
                throw new JobStateConflict(
                        job, "pause", "a job that has not started, or has runs to come");
            }
            if (job.paused()) {
                return Change.none(job);
            }
            Job paused = job.with(job.times(), true);
            if (job.state() == JobState.AVAILABLE) {
                return changes.moved(tx, paused, JobState.SCHEDULED, job.reason(), List.of());
            }
            JobRows.update(tx, paused);
            return Change.of(paused);
        });
    }

    /** Instants of a schedule that passed while it was paused are left out. */
    public Job resume(JobId id) {
        return change(tx -> {
            Job job = find(tx, id);
            if (job.state().isFinal()) {
                throw new JobStateConflict(job, "resume", "a job that has not ended");
            }
            if (!job.paused()) {
                return Change.none(job);
            }
            return changes.resumed(tx, job);
        });
    }

    /** Runs a job again that has ended. The record of the run that ended is kept. */
    public Job retry(JobId id) {
        return change(tx -> {
            Job job = find(tx, id);
            if (!job.state().isFinal()) {
                throw new JobStateConflict(job, "retry", "a job that has ended");
            }
            RunRows.archive(tx, job, false);
            // who retries a job with a time or by hand wants it now; one that recurs, or runs after
            // others, waits for these again
            When when = job.spec().when();
            Optional<Times.Due> due = when instanceof When.Cron
                    ? clock.due(when, job.times().served(clock.now()))
                    : Optional.empty();
            Job next = job.nextRun(1, Optional.empty(), due).again();
            JobRows.update(tx, next);
            Change begun = changes.begun(tx, next);
            if (begun.job().state() != JobState.SCHEDULED) {
                return begun;
            }
            return switch (when) {
                case When.After after -> begun.then(changes.waiting(tx, next, after));
                case When.Cron _ -> begun;
                case When.Now _, When.Manual _, When.Timed _ -> begun.then(changes.fired(tx, next));
            };
        });
    }

    /**
     * Moves a run that is under way, for who runs it.
     *
     * @throws JobStateConflict the job is in another run, or the move is not one of
     *     {@link JobState#next}
     */
    public Job move(
            JobId id, int run, JobState to, Optional<String> reason, List<NodeStatus> nodes) {
        return change(tx -> {
            Job job = find(tx, id);
            if (job.run() != run) {
                throw new JobStateConflict(
                        job, "move to " + to.wire() + " of", "one in run " + run);
            }
            if (to == JobState.RUNNING && hasExpired(job)) {
                throw new JobStateConflict(job, "start", "a job that has not expired");
            }
            if (to == JobState.AVAILABLE && job.signal().isPresent()) {
                return changes.moved(tx, job, JobState.FAILED, job.signal(), nodes);
            }
            // a run that is being cancelled never runs again by itself
            return job.cancelling() && to == JobState.AVAILABLE
                    ? cancelled(tx, job, job.cancel().orElseThrow(), nodes)
                    : changes.moved(tx, job, to, reason, nodes);
        });
    }

    private static Job find(Handle handle, JobId id) {
        return JobRows.find(handle, id).orElseThrow(() -> new JobNotFound(id));
    }

    private Job change(Changing changing) {
        return changes.write(changing).job();
    }
}
