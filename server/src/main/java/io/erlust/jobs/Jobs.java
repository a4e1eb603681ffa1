package io.erlust.jobs;

import io.erlust.json.InvalidField;
import io.erlust.store.Database;
import io.erlust.store.Work;
import io.erlust.time.WallClock;

import org.jdbi.v3.core.Handle;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The jobs of the store. Everything that changes a job goes through here: it is checked against
 * {@link JobState}, on disk when the method returns, and told as a {@link JobEvent} between the
 * two. The methods block; none may be called by a listener of events, which runs on the writer
 * thread.
 */
public final class Jobs {
    private static final int PAGE = 500;

    private final Database database;
    private final JobEvents events;
    private final WallClock clock;
    private final Admission admission;

    /**
     * Looks at a job before it is stored, on the thread of who submits it; refuses it by throwing.
     */
    @FunctionalInterface
    public interface Admission {
        void admit(JobSpec spec);
    }

    public Jobs(Database database, JobEvents events, WallClock clock) {
        this(database, events, clock, spec -> {});
    }

    /**
     * Jobs with a look at each before it is stored.
     *
     * @param admission makes what a job needs before it exists, such as the queues it produces
     */
    public Jobs(Database database, JobEvents events, WallClock clock, Admission admission) {
        this.database = database;
        this.events = events;
        this.clock = clock;
        this.admission = admission;
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
        admission.admit(spec);
        String text = JobSpecJson.text(spec);
        String fingerprint = JobSpecJson.fingerprint(spec);
        Change change = write(tx -> {
            Optional<String> known = JobRows.fingerprint(tx, spec.id());
            if (known.isPresent()) {
                return existing(tx, spec.id(), known.get().equals(fingerprint));
            }
            database.requireSpace();
            if (spec.when() instanceof When.After(List<JobId> jobs)) {
                requireJobs(tx, jobs, pointer + "/when/after/");
            }
            requireJobs(tx, spec.links(), pointer + "/links/");
            requireFewLinks(tx, spec.links(), pointer + "/links/");
            JobState first = firstState(spec.when());
            return begun(tx, JobRows.insert(tx, spec, text, fingerprint, first, now()));
        });
        return new Submitted(change.job(), change.events().isEmpty());
    }

    private static Change existing(Handle tx, JobId id, boolean same) {
        if (!same) {
            throw new JobConflict(id);
        }
        return Change.none(find(tx, id));
    }

    private static void requireJobs(Handle tx, List<JobId> jobs, String pointer) {
        Map<JobId, JobState> known = JobRows.states(tx, jobs);
        for (int i = 0; i < jobs.size(); i++) {
            if (!known.containsKey(jobs.get(i))) {
                throw new InvalidField(
                        pointer + i,
                        "the id of a job that exists (submit that one first)",
                        '"' + jobs.get(i).value() + '"');
            }
        }
    }

    /** The end of a job tells all that are linked with it in one transaction. */
    private static void requireFewLinks(Handle tx, List<JobId> jobs, String pointer) {
        for (int i = 0; i < jobs.size(); i++) {
            long links = LinkRows.count(tx, jobs.get(i));
            if (links >= LinkRows.LINKS_MAX) {
                throw new InvalidField(
                        pointer + i,
                        "a job that is linked with fewer than " + LinkRows.LINKS_MAX + " others",
                        '"' + jobs.get(i).value() + "\" with " + links);
            }
        }
    }

    /** A run that begins is linked; at once it may be told that it has ended. */
    private Change begun(Handle tx, Job job) {
        LinkRows.insert(tx, job);
        List<JobId> named = job.spec().links();
        Optional<String> noproc = Links.noproc(named, JobRows.states(tx, named));
        return noproc.isEmpty()
                ? Change.of(job)
                : Change.of(job).then(moved(tx, job, JobState.FAILED, noproc, List.of()));
    }

    private static JobState firstState(When when) {
        return switch (when) {
            case When.Now now -> JobState.AVAILABLE;
            case When.Manual manual -> JobState.SCHEDULED;
            case When.After after -> JobState.SCHEDULED;
        };
    }

    public Optional<Job> get(JobId id) {
        return database.read(handle -> JobRows.find(handle, id));
    }

    /** Newest first. These have an empty source and no args: reading them is cheap. */
    public List<Job> list(JobQuery query) {
        return database.read(handle -> JobRows.list(handle, query));
    }

    /**
     * Oldest first, above a serial. These have an empty source and no args: reading them is cheap.
     */
    public List<Job> inState(JobState state, long afterSerial, int limit) {
        return database.read(handle -> JobRows.inState(handle, state, afterSerial, limit));
    }

    /** All jobs in a state, oldest first; like {@link #inState} it is cheap. */
    public void forEachInState(JobState state, Consumer<Job> action) {
        long last = 0;
        for (List<Job> page = inState(state, last, PAGE); !page.isEmpty(); ) {
            page.forEach(action);
            last = page.getLast().serial();
            page = inState(state, last, PAGE);
        }
    }

    /** The states of those of the jobs that exist. */
    public Map<JobId, JobState> states(Collection<JobId> ids) {
        return database.read(handle -> JobRows.states(handle, ids));
    }

    /** Starts a {@code manual} job. Starting it again while it is on its way changes nothing. */
    public Job start(JobId id) {
        return change(tx -> {
            Job job = find(tx, id);
            boolean manual = job.spec().when() instanceof When.Manual;
            if (!manual || job.state().isFinal()) {
                throw new JobStateConflict(
                        job, "start", "a job with \"when\": \"manual\" that has not ended");
            }
            return job.state() == JobState.SCHEDULED
                    ? moved(tx, job, JobState.AVAILABLE, Optional.empty(), List.of())
                    : Change.none(job);
        });
    }

    /**
     * Cancels a job: at once when it does not run; else its nodes are asked to stop, and it is
     * cancelled when they have. Cancelling again changes nothing.
     */
    public Job cancel(JobId id) {
        return change(tx -> {
            Job job = find(tx, id);
            return switch (job.state()) {
                case SCHEDULED, AVAILABLE ->
                    moved(tx, job, JobState.CANCELLED, CANCELLED, List.of());
                case RUNNING -> job.cancelling() ? Change.none(job) : cancelling(tx, job);
                case CANCELLED -> Change.none(job);
                case COMPLETED, FAILED ->
                    throw new JobStateConflict(job, "cancel", "a job that has not ended");
            };
        });
    }

    private static final Optional<String> CANCELLED = Optional.of("cancelled on request");

    private static Change cancelling(Handle tx, Job job) {
        Job asked = job.cancelRequested();
        JobRows.update(tx, asked);
        return new Change(asked, List.of(new JobEvent.CancelRequested(job.id())));
    }

    /** Runs a job again that has ended. The record of the run that ended is kept. */
    public Job retry(JobId id) {
        return change(tx -> {
            Job job = find(tx, id);
            if (!job.state().isFinal()) {
                throw new JobStateConflict(job, "retry", "a job that has ended");
            }
            JobRows.archive(tx, job);
            // who retries a manual job starts it; one that runs after others waits for them
            // again
            boolean waits = job.spec().when() instanceof When.After;
            Job next = job.nextRun(waits ? JobState.SCHEDULED : JobState.AVAILABLE);
            JobRows.update(tx, next);
            return begun(tx, next);
        });
    }

    /**
     * The one way a run changes its state.
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
            if (to == JobState.AVAILABLE && job.signal().isPresent()) {
                return moved(tx, job, JobState.FAILED, job.signal(), nodes);
            }
            // a job that is being cancelled never runs again by itself
            return job.cancelling() && to == JobState.AVAILABLE
                    ? moved(tx, job, JobState.CANCELLED, CANCELLED, nodes)
                    : moved(tx, job, to, reason, nodes);
        });
    }

    private Change moved(
            Handle tx, Job job, JobState to, Optional<String> reason, List<NodeStatus> nodes) {
        if (!job.state().next().contains(to)) {
            throw new JobStateConflict(
                    job, "move to " + to.wire() + " of", "a state that leads there");
        }
        Job moved = job.moved(to, reason, nodes, now());
        JobRows.update(tx, moved);
        return to.isFinal() ? new Change(moved, ended(tx, moved)) : Change.of(moved);
    }

    /** A run has ended, and its links with it: what others are told may end these as well. */
    private List<JobEvent> ended(Handle tx, Job first) {
        List<JobEvent> told = new ArrayList<>();
        told.add(stateChanged(first));
        Deque<Job> endings = new ArrayDeque<>(List.of(first));
        while (!endings.isEmpty()) {
            Job ending = endings.remove();
            Optional<String> signal = Links.signal(ending);
            for (long serial : LinkRows.remove(tx, ending.serial())) {
                Optional<Job> reached =
                        signal.flatMap(why -> Links.reached(JobRows.light(tx, serial), why, now()));
                reached.ifPresent(job -> {
                    JobRows.update(tx, job);
                    told.add(stateChanged(job));
                    if (job.state().isFinal()) {
                        endings.add(job);
                    }
                });
            }
        }
        return told;
    }

    private static JobEvent stateChanged(Job job) {
        return new JobEvent.StateChanged(job.withoutProgram());
    }

    private static Job find(Handle handle, JobId id) {
        return JobRows.find(handle, id).orElseThrow(() -> new JobNotFound(id));
    }

    /** As stored: in milliseconds. */
    private Instant now() {
        return clock.now().truncatedTo(ChronoUnit.MILLIS);
    }

    /** A job after a change, and what to tell: nothing when there was none. */
    private record Change(Job job, List<JobEvent> events) {
        static Change of(Job job) {
            return new Change(job, List.of(stateChanged(job)));
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

    private interface Changing {
        Change in(Handle tx);
    }

    private Job change(Changing changing) {
        return write(changing).job();
    }

    private Change write(Changing changing) {
        return database.write(new Work<Change>() {
            @Override
            public Change run(Handle tx) {
                return changing.in(tx);
            }

            @Override
            public void committed(Change change) {
                change.events().forEach(events::publish);
            }
        });
    }
}
