package io.erlust.schedule;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobId;
import io.erlust.jobs.JobNotFound;
import io.erlust.jobs.JobState;
import io.erlust.jobs.JobStateConflict;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.WaitingFor;
import io.erlust.jobs.When;
import io.erlust.store.StoreException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Makes jobs that run {@code after} others available when these have completed, and fails them when
 * one of these failed or was cancelled. ({@code now} is available at once, {@code manual} by
 * {@link Jobs#start}.) Driven by events; a scan at start finds what happened while no server ran.
 */
public final class JobStager {
    private static final Logger log = LoggerFactory.getLogger(JobStager.class);
    private static final long RETRY_MS = 1000;

    private final Jobs jobs;
    private final JobEvents events;
    private final Dependents dependents = new Dependents();

    /** Jobs to look at; no more than there are changes of states the stager is behind. */
    private final LinkedBlockingQueue<Signal> signals = new LinkedBlockingQueue<>();

    private volatile boolean stopping;
    private @Nullable Thread thread;

    private sealed interface Signal {
        record Look(JobId job) implements Signal {}

        /** Only wakes. */
        record Stop() implements Signal {}
    }

    public JobStager(Jobs jobs, JobEvents events) {
        this.jobs = jobs;
        this.events = events;
    }

    /** To be called once. */
    public void start() {
        events.listen(this::on);
        jobs.forEachInState(JobState.SCHEDULED, this::scheduled);
        thread = Thread.ofVirtual().name("job-stager").start(this::loop);
    }

    /** What is not staged yet is staged at the next start. */
    public void stop(Duration deadline) throws InterruptedException {
        stopping = true;
        signals.add(new Signal.Stop());
        Thread running = thread;
        if (running != null && !running.join(deadline)) {
            log.warn("the job stager did not end within {}", deadline);
        }
    }

    /** Why a scheduled job is not available yet. */
    public Optional<WaitingFor> waitingFor(Job job) {
        if (job.state() != JobState.SCHEDULED) {
            return Optional.empty();
        }
        return switch (job.spec().when()) {
            case When.Now now -> Optional.empty();
            case When.Manual manual -> Optional.of(new WaitingFor.Manual());
            case When.After(List<JobId> awaited) -> {
                Map<JobId, JobState> states = jobs.states(awaited);
                yield Optional.of(new WaitingFor.After(awaited.stream()
                        .filter(id -> states.get(id) != JobState.COMPLETED)
                        .toList()));
            }
        };
    }

    /** Called on the thread that made the change durable: only enqueues. */
    private void on(JobEvent event) {
        if (event instanceof JobEvent.StateChanged(Job job)) {
            if (job.state() == JobState.SCHEDULED) {
                scheduled(job);
                return;
            }
            dependents.remove(job);
            if (job.state().isFinal()) {
                dependents.of(job.id()).forEach(id -> signals.add(new Signal.Look(id)));
            }
        }
    }

    private void scheduled(Job job) {
        if (job.spec().when() instanceof When.After) {
            dependents.add(job);
            signals.add(new Signal.Look(job.id()));
        }
    }

    private void loop() {
        while (!stopping) {
            try {
                switch (signals.take()) {
                    case Signal.Stop stop -> {}
                    case Signal.Look(JobId id) -> {
                        if (!look(id)) {
                            signals.add(new Signal.Look(id));
                            TimeUnit.MILLISECONDS.sleep(RETRY_MS);
                        }
                    }
                }
            } catch (InterruptedException e) {
                log.warn("the job stager was interrupted and ends");
                return;
            }
        }
    }

    /** False when the store can't be asked now. */
    private boolean look(JobId id) {
        try {
            Optional<Job> job = jobs.get(id);
            if (job.isPresent() && job.get().state() == JobState.SCHEDULED) {
                stage(job.get());
            }
            return true;
        } catch (JobStateConflict | JobNotFound e) {
            log.debug("job {} changed meanwhile: {}", id, e.getMessage());
            return true;
        } catch (StoreException e) {
            log.warn("job {} can't be staged now: {}", id, e.getMessage());
            return false;
        }
    }

    private void stage(Job job) {
        List<JobId> awaited = Dependents.awaited(job);
        Map<JobId, JobState> states = jobs.states(awaited);
        for (JobId id : awaited) {
            JobState state = states.get(id);
            if (state == JobState.FAILED || state == JobState.CANCELLED) {
                String how = state == JobState.FAILED ? "failed" : "was cancelled";
                move(
                        job,
                        JobState.FAILED,
                        Optional.of("job " + id + ", which it runs after, " + how));
                return;
            }
        }
        if (awaited.stream().allMatch(id -> states.get(id) == JobState.COMPLETED)) {
            move(job, JobState.AVAILABLE, Optional.empty());
        }
    }

    private void move(Job job, JobState to, Optional<String> reason) {
        jobs.move(job.id(), job.run(), to, reason, List.of());
    }
}
