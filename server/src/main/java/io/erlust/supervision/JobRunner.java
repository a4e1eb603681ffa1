package io.erlust.supervision;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobNotFound;
import io.erlust.jobs.JobState;
import io.erlust.jobs.JobStateConflict;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.NodeStatus;
import io.erlust.jobs.WaitingFor;
import io.erlust.jobs.spec.JobId;
import io.erlust.time.MonotonicClock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs the available jobs, by priority and then in the order of their line, while nodes are free. A
 * job that needs more nodes than are free waits at the head of the line, and the others wait behind
 * it: so a wide job is never starved. So does a job whose program (its source and args) finds no
 * room beside those of the jobs that run: together they are at most 32 Mi characters, however many
 * nodes there are.
 *
 * <p>A job that is found running at start was left behind by a server that died: it becomes
 * available again and goes on from its queues. When the server stops in good order, its jobs do the
 * same.
 */
public final class JobRunner {
    private static final Logger log = LoggerFactory.getLogger(JobRunner.class);
    private static final long RETRY_MS = 1000;

    /** Who is further back in the line is not told where. */
    private static final int PLACE_MAX = 1000;

    /** Running jobs are in memory with their programs; one job alone always fits. */
    private static final long PROGRAM_CHARS_MAX = 32 << 20;

    /** How long a killed node may take to be gone before a stop no longer waits for it. */
    private static final Duration KILL_WAIT = Duration.ofSeconds(5);

    private final Jobs jobs;
    private final JobEvents events;
    private final NodeSlots slots;
    private final RunningJob.Setting setting;
    private final Map<JobId, Entry> running = new ConcurrentHashMap<>();

    /** Of the programs of all running jobs; only the dispatcher adds to it. */
    private final AtomicLong programChars = new AtomicLong();

    /** Many reasons to look at the line are one. */
    private final ArrayBlockingQueue<Boolean> wake = new ArrayBlockingQueue<>(1);

    /** First in the line, and waiting; it has no program. */
    private volatile Optional<Job> head = Optional.empty();

    /** The line is being read: who joins it now may not be seen. */
    private volatile boolean dispatching;

    private volatile boolean accepting = true;

    /** The last that was measured: a head that waits is not read each time. The dispatcher's. */
    private Program measured = new Program(0, 0);

    private @Nullable Thread dispatcher;

    private record Entry(RunningJob job, Thread thread) {}

    /** How long the source and the args of a job are; they never change. */
    private record Program(long serial, long chars) {}

    /**
     * A runner that has not started.
     *
     * @param nodesMax how many nodes this server runs at once
     */
    public JobRunner(
            Jobs jobs, JobEvents events, NodeStarter starter, MonotonicClock clock, int nodesMax) {
        this.jobs = jobs;
        this.events = events;
        this.slots = new NodeSlots(nodesMax, this::wake);
        this.setting = new RunningJob.Setting(jobs, events, starter, clock, slots);
    }

    /** To be called once; only then can there be running jobs that are not ours. */
    public void start() {
        recover();
        events.listen(this::on);
        dispatcher = Thread.ofVirtual().name("job-runner").start(this::loop);
        wake();
    }

    /** Starts no more jobs; those that run go on. */
    public void quiet() {
        accepting = false;
        wake();
    }

    /**
     * Stops the nodes of all jobs, asking first, and puts the jobs back into the line for the next
     * start. Returns when they are stopped, at the latest a few seconds after the deadline.
     */
    public void stop(Duration deadline) throws InterruptedException {
        quiet();
        Thread started = dispatcher;
        if (started != null) {
            started.join(); // from here on no job is launched
        }
        long end = setting.clock().nanos() + deadline.toNanos();
        Duration grace = deadline.multipliedBy(4).dividedBy(5);
        running.values().forEach(entry -> entry.job().interrupt(grace));
        join(end);
        running.values().forEach(entry -> entry.job().abandon());
        join(setting.clock().nanos() + KILL_WAIT.toNanos());
        running.keySet().forEach(id -> log.error("job {} could not be stopped in time", id));
    }

    private void join(long end) throws InterruptedException {
        for (Entry entry : running.values()) {
            long left = end - setting.clock().nanos();
            if (left > 0) {
                entry.thread().join(Duration.ofNanos(left));
            }
        }
    }

    /** What the nodes of a job do now; empty when it does not run here. */
    public Optional<List<NodeStatus>> nodes(JobId id) {
        return Optional.ofNullable(running.get(id)).map(entry -> entry.job().nodes());
    }

    /** How many items its nodes finish a second, when that is known. */
    public OptionalDouble itemRate(JobId id) {
        Entry entry = running.get(id);
        return entry == null ? OptionalDouble.empty() : entry.job().itemRate();
    }

    /** Why an available job does not run yet. */
    public Optional<WaitingFor> waitingFor(Job job) {
        if (job.state() != JobState.AVAILABLE) {
            return Optional.empty();
        }
        Optional<JobId> behind = head.map(Job::id).filter(first -> !first.equals(job.id()));
        int ahead = jobs.ahead(job, PLACE_MAX);
        return Optional.of(new WaitingFor.Nodes(
                job.spec().nodes(),
                slots.free(),
                ahead < PLACE_MAX ? OptionalInt.of(ahead + 1) : OptionalInt.empty(),
                behind));
    }

    /** How many nodes can be started now. */
    public int freeNodes() {
        return slots.free();
    }

    public int runningJobs() {
        return running.size();
    }

    private void recover() {
        jobs.forEachInState(JobState.RUNNING, job -> {
            log.info("job {} was left running; it goes on", job.id());
            jobs.move(
                    job.id(),
                    job.run(),
                    JobState.AVAILABLE,
                    Optional.of("its server stopped without warning; it goes on"),
                    List.of());
        });
    }

    /** Called on the thread that made the change durable: only signals. */
    private void on(JobEvent event) {
        switch (event) {
            case JobEvent.StateChanged(Job job, var _) -> {
                if (changesLine(job)) {
                    wake();
                }
                Entry entry = running.get(job.id());
                if (entry != null && job.state() == JobState.RUNNING) {
                    job.signal().ifPresent(entry.job()::signal);
                }
            }
            case JobEvent.CancelRequested(JobId id, String why) -> {
                Entry entry = running.get(id);
                if (entry != null) {
                    entry.job().cancel(why);
                }
            }
            case JobEvent.NodeChanged changed -> {}
            case JobEvent.ResultsAppended appended -> {}
        }
    }

    /** Whether the dispatcher has to look: what it read of the line may be older than this. */
    private boolean changesLine(Job job) {
        if (dispatching) { // to be read before head, which is settled when this is false
            return job.state() != JobState.RUNNING; // joined, or left otherwise than by us
        }
        Optional<Job> first = head;
        boolean isAvailable = job.state() == JobState.AVAILABLE;
        if (first.isEmpty()) {
            return isAvailable;
        }
        boolean isFirst = job.id().equals(first.get().id()); // perhaps it was cancelled
        return isFirst || (isAvailable && job.priority() > first.get().priority());
    }

    private void wake() {
        wake.offer(true); // when it is full, somebody has woken it already
    }

    private void loop() {
        try {
            while (accepting) {
                wake.take();
                dispatching = true;
                try {
                    dispatch();
                    dispatching = false; // only now what the line looks like is known
                } catch (RuntimeException
                        | Error e) { // whatever it is: without this thread no job starts
                    log.warn("available jobs can't be looked for now: {}", e.toString());
                    TimeUnit.MILLISECONDS.sleep(RETRY_MS);
                    wake();
                }
            }
        } catch (InterruptedException e) {
            log.warn("the job runner was interrupted and starts no more jobs");
        }
    }

    private void dispatch() {
        while (accepting) {
            int limit = running.size() + slots.free() + 1; // on their way, startable, and the head
            List<Job> page = jobs.line(limit);
            for (Job job : page) {
                if (!accepting || !place(job)) {
                    return;
                }
            }
            if (page.size() < limit) {
                head = Optional.empty();
                return;
            }
        }
    }

    /** False when the line stops here. */
    private boolean place(Job job) {
        int needed = job.spec().nodes();
        if (running.containsKey(job.id())) {
            return true; // on its way to running, or still on its way from its run before
        }
        if (jobs.hasExpired(job)) {
            return true; // about to be cancelled
        }
        if (needed > slots.max()) {
            tooWide(job);
            return true;
        }
        if (slots.free() < needed || !hasRoom(job) || !slots.take(needed)) {
            head = Optional.of(job);
            return false;
        }
        launch(job);
        return true;
    }

    /** One job alone always has room: it need not be measured before it is launched. */
    private boolean hasRoom(Job job) {
        long held = programChars.get();
        return held == 0 || held + chars(job) <= PROGRAM_CHARS_MAX;
    }

    /** Measures its program, which a job from a list comes without. */
    private long chars(Job job) {
        if (measured.serial() != job.serial()) {
            long chars = jobs.get(job.id())
                    .map(Job::spec)
                    .map(spec -> (long) spec.source().length() + spec.args().length())
                    .orElse(0L); // gone meanwhile: its run will find that out
            measured = new Program(job.serial(), chars);
        }
        return measured.chars();
    }

    private void tooWide(Job job) {
        String reason = "it has " + job.spec().nodes() + " nodes and this server runs at most "
                + slots.max() + " at once; start it with more, or submit with fewer";
        try {
            jobs.move(job.id(), job.run(), JobState.FAILED, Optional.of(reason), List.of());
        } catch (JobStateConflict | JobNotFound e) {
            log.debug("job {} changed meanwhile: {}", job.id(), e.getMessage());
        }
    }

    private void launch(Job job) {
        RunningJob runningJob = new RunningJob(job, setting);
        CompletableFuture<Long> held = new CompletableFuture<>();
        Thread thread = Thread.ofVirtual().name("job-" + job.id()).unstarted(() -> {
            try {
                runningJob.run();
            } finally {
                programChars.addAndGet(-held.join());
                running.remove(job.id());
                wake();
            }
        });
        running.put(job.id(), new Entry(runningJob, thread));
        thread.start();
        try {
            programChars.addAndGet(chars(job));
            held.complete(measured.chars());
        } finally {
            held.complete(0L); // it could not be measured
        }
    }
}
