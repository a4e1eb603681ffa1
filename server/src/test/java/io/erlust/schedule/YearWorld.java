package io.erlust.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobClock;
import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobOutbox;
import io.erlust.jobs.JobState;
import io.erlust.jobs.JobStateConflict;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.Specs;
import io.erlust.jobs.Staging;
import io.erlust.jobs.spec.JobId;
import io.erlust.store.Database;
import io.erlust.store.DatabaseConfig;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A year of a server with a store, real jobs and real staging, whose clocks and whose runner are
 * simulated. Time goes from one event to the next.
 */
final class YearWorld implements AutoCloseable {
    private static final long STOP_MILLIS = 5_303;
    private static final long LOOK_MILLIS = 86_400_000;

    /** What comes from outside, in the order of time. */
    sealed interface Event {
        long at();

        /** Nobody is there for a while, and somebody may set the clock meanwhile. */
        record Down(long at, long until, long jump) implements Event {}

        record Jump(long at, long millis) implements Event {}

        record Act(long at, String what, String id) implements Event {}
    }

    private record Ending(long at, JobId id, int run, JobState state, String reason) {}

    private final DatabaseConfig config;
    private final Map<String, YearPlan> plans = new HashMap<>();
    private final Timeline timeline = new Timeline();
    private final YearLog log = new YearLog();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Queue<JobEvent> told = new ConcurrentLinkedQueue<>();
    private final Map<String, Ending> running = new HashMap<>();
    private final PriorityQueue<Ending> endings =
            new PriorityQueue<>(Comparator.comparingLong(Ending::at));

    // Other threads read these three, but only while this one waits for them.
    private long real;
    private long wallOffset;
    private long steadyOffset;

    private long segmentFrom;
    private boolean lineChanged;
    private Database database;
    private Jobs jobs;
    private Staging staging;

    YearWorld(DatabaseConfig config, long start) {
        this.config = config;
        real = start;
        segmentFrom = start;
        database = Database.open(config);
        jobs = jobs();
        staging = jobs.staging();
    }

    private Jobs jobs() {
        JobEvents events = new JobEvents();
        events.listen(told::add);
        JobClock clock = new JobClock(
                () -> Instant.ofEpochMilli(real + wallOffset),
                () -> Instant.ofEpochMilli(real + steadyOffset));
        return new Jobs(database, events, clock, spec -> {}, JobOutbox.NONE);
    }

    @Override
    public void close() {
        threads.close();
        database.close();
    }

    Timeline timeline() {
        return timeline;
    }

    YearLog log() {
        return log;
    }

    void live(List<YearPlan> submitted, List<Event> events, long end) {
        submitted.forEach(plan -> plans.put(plan.id(), plan));
        Database.join(jobs.submitting(submitted.stream()
                .map(plan -> new Jobs.Submission(Specs.spec(plan.id(), plan.members()), ""))
                .toList()));
        settle();
        for (Event event : events) {
            liveTo(event.at());
            switch (event) {
                case Event.Down down -> down(down);
                case Event.Jump(long at, long millis) -> jump(millis);
                case Event.Act act -> act(act);
            }
            settle();
        }
        liveTo(end);
        endSegment();
    }

    private void liveTo(long until) {
        int idle = 0;
        while (real < until) {
            Ending ending = endings.peek();
            long next = ending == null ? until : Math.min(until, ending.at());
            Duration most = Duration.ofMillis(Math.min(next - real, LOOK_MILLIS));
            long rest = staging.rest(most).toMillis();
            real += rest;
            idle = rest > 0 || stage() > 0 ? 0 : idle + 1;
            assertThat(idle).as("stagings without a job, and without a rest").isLessThan(10);
            endRuns();
        }
    }

    private int stage() {
        int staged = staging.stage();
        hear();
        dispatch();
        return staged;
    }

    /** All that is to be done now. */
    private void settle() {
        while (stage() > 0) {
            // until nothing is left
        }
    }

    private void hear() {
        for (JobEvent event = told.poll(); event != null; event = told.poll()) {
            switch (event) {
                case JobEvent.StateChanged(Job job, boolean retried) -> changed(job, retried);
                case JobEvent.CancelRequested(JobId id, String why) -> stop(id, why);
                case JobEvent.NodeChanged _ -> {}
                case JobEvent.ResultsAppended _ -> {}
            }
        }
    }

    private void changed(Job job, boolean retried) {
        YearLog.Entry entry = log.of(job.id().value());
        boolean isKnown = !entry.runs.isEmpty() && entry.runs.getLast().number == job.run();
        if (job.state() == JobState.AVAILABLE) {
            lineChanged = true;
            if (!isKnown) {
                entry.runs.add(new YearLog.Run(job.run(), job.attempt(), real));
            }
        } else if (job.state().isFinal()) {
            running.remove(job.id().value());
            entry.ended = retried ? Timeline.NEVER : real;
            entry.state = job.state();
            if (isKnown) {
                YearLog.Run run = entry.runs.getLast();
                assertThat(run.end).isEqualTo(Timeline.NEVER);
                run.end = real;
                run.state = job.state();
                run.retried = retried;
                run.reason = job.reason().orElse("");
            }
        }
    }

    private void stop(JobId id, String why) {
        log.of(id.value()).runs.getLast().cancelAsked = real;
        Ending ending = running.get(id.value());
        if (ending != null) {
            end(new Ending(real + STOP_MILLIS, id, ending.run(), JobState.CANCELLED, why));
        }
    }

    private void end(Ending ending) {
        running.put(ending.id().value(), ending);
        endings.add(ending);
    }

    /** Starts all that are available, and looks whether they are in order. */
    private void dispatch() {
        if (!lineChanged) {
            return;
        }
        lineChanged = false;
        List<Job> line = jobs.line(10_000);
        assertThat(line)
                .isSortedAccordingTo(
                        Comparator.<Job>comparingInt(job -> -job.spec().life().priority())
                                .thenComparingLong(job ->
                                        job.times().due().orElseThrow().at().toEpochMilli())
                                .thenComparingLong(Job::serial));
        all(line.stream()
                .<Runnable>map(job -> () -> move(job.id(), job.run(), JobState.RUNNING, ""))
                .toList());
        for (Job job : line) {
            YearPlan plan = Objects.requireNonNull(plans.get(job.id().value()));
            JobState state = plan.fails(job.run()) ? JobState.FAILED : JobState.COMPLETED;
            end(new Ending(real + plan.millis(job.run()), job.id(), job.run(), state, ""));
        }
        hear();
    }

    private void endRuns() {
        List<Ending> now = new ArrayList<>();
        while (!endings.isEmpty() && endings.peek().at() <= real) {
            Ending ending = endings.remove();
            if (ending.equals(running.get(ending.id().value()))) {
                now.add(ending);
            }
        }
        all(now.stream()
                .<Runnable>map(ending ->
                        () -> move(ending.id(), ending.run(), ending.state(), ending.reason()))
                .toList());
        hear();
    }

    private void move(JobId id, int run, JobState to, String reason) {
        Optional<String> why = Optional.of(reason).filter(text -> !text.isEmpty());
        jobs.move(id, run, to, why, List.of());
    }

    /** At once, so that they share commits. */
    private void all(List<Runnable> tasks) {
        if (tasks.size() == 1) {
            tasks.getFirst().run();
            return;
        }
        List<Future<?>> done = new ArrayList<>();
        tasks.forEach(task -> done.add(threads.submit(task)));
        for (Future<?> each : done) {
            try {
                each.get();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void endSegment() {
        timeline.add(segmentFrom, real, wallOffset, steadyOffset);
        segmentFrom = real;
    }

    private void jump(long millis) {
        endSegment();
        wallOffset += millis;
    }

    private void down(Event.Down down) {
        endSegment();
        database.close();
        told.clear();
        running.clear();
        endings.clear();
        real = down.until();
        segmentFrom = real;
        wallOffset += down.jump();
        steadyOffset = wallOffset;
        database = Database.open(config);
        jobs = jobs();
        staging = jobs.staging();
        settle(); // the stager starts before the runner does
        jobs.forEachInState(JobState.RUNNING, job -> {
            if (!running.containsKey(job.id().value())) {
                move(job.id(), job.run(), JobState.AVAILABLE, "");
            }
        });
        hear();
    }

    private void act(Event.Act act) {
        JobId id = new JobId(act.id());
        YearLog.Entry entry = log.of(act.id());
        Job job = jobs.get(id).orElseThrow();
        try {
            switch (act.what()) {
                case "pause" -> {
                    jobs.pause(id);
                    entry.pausedSince = real;
                }
                case "resume" -> {
                    if (jobs.resume(id).state() != job.state() || job.paused()) {
                        entry.pauses.add(new YearLog.Pause(entry.pausedSince, real));
                        entry.pausedSince = Timeline.NEVER;
                    }
                }
                case "start" -> {
                    if (job.state() == JobState.SCHEDULED && !job.paused()) {
                        jobs.start(id);
                        entry.startedByHand.add(real);
                    }
                }
                default -> {
                    jobs.cancel(id);
                    entry.cancelled = real;
                }
            }
        } catch (JobStateConflict e) {
            assertThat(e.state().isFinal()).isTrue();
        }
        hear();
    }
}
