package io.erlust.schedule;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobState;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.Staging;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Moves jobs on when their time has come or when those they wait for have ended. All it has to know
 * is in the store: it finds what happened while no server ran, and remembers nothing.
 */
public final class JobStager {
    private static final Logger log = LoggerFactory.getLogger(JobStager.class);

    /** The clock on the wall may jump: it is looked at this often, whatever is known to be due. */
    private static final Duration REST_MAX = Duration.ofSeconds(1);

    private final Staging staging;
    private final Duration restMax;
    private final JobEvents events;

    /** Many reasons to look are one. */
    private final ArrayBlockingQueue<Boolean> wake = new ArrayBlockingQueue<>(1);

    private final AtomicLong runs = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private volatile boolean stopping;
    private @Nullable Thread thread;

    /** Only its thread: what is said once is not said with each of the tries that follow. */
    private boolean failing;

    public JobStager(Jobs jobs, JobEvents events) {
        this(jobs, events, REST_MAX);
    }

    /** @param restMax how long it rests at most, whatever wakes it */
    JobStager(Jobs jobs, JobEvents events, Duration restMax) {
        this.restMax = restMax;
        this.staging = jobs.staging();
        this.events = events;
    }

    /** To be called once. */
    public void start() {
        events.listen(this::on);
        thread = Thread.ofVirtual().name("job-stager").start(this::loop);
    }

    /** What is not staged yet is staged at the next start. */
    public void stop(Duration deadline) throws InterruptedException {
        stopping = true;
        wake();
        Thread running = thread;
        if (running != null && !running.join(deadline)) {
            log.warn("the job stager did not end within {}", deadline);
        }
    }

    /** How often it looked, and how often that failed. */
    public record Counts(long runs, long failures) {}

    public Counts counts() {
        return new Counts(runs.get(), failures.get());
    }

    /** Called on the thread that made the change durable: only wakes. */
    private void on(JobEvent event) {
        if (event instanceof JobEvent.StateChanged changed
                && (changed.isEnd() || dependsOnTime(changed.changed()))) {
            wake();
        }
    }

    private static boolean dependsOnTime(Job job) {
        boolean isScheduled = job.state() == JobState.SCHEDULED;
        boolean isWaiting = isScheduled || job.state() == JobState.AVAILABLE;
        return (isScheduled && job.times().due().isPresent())
                || (isWaiting && job.times().expiresAt().isPresent());
    }

    private void wake() {
        wake.offer(true); // when it is full, somebody has woken it already
    }

    private void loop() {
        while (!stopping) {
            try {
                Duration rest = look();
                if (rest.isPositive()) {
                    var _ = wake.poll(rest.toNanos(), TimeUnit.NANOSECONDS);
                }
            } catch (InterruptedException e) {
                log.warn("the job stager was interrupted and ends");
                return;
            }
        }
    }

    /** How long to rest now. */
    private Duration look() {
        runs.incrementAndGet();
        try {
            int count = staging.stage();
            failing = false;
            return count > 0 ? Duration.ZERO : staging.rest(restMax);
        } catch (RuntimeException
                | Error e) { // whatever it is: without this thread no job is staged
            if (!failing) {
                log.warn("jobs can't be staged now: {}", e.toString());
            }
            failing = true;
            failures.incrementAndGet();
            return REST_MAX;
        }
    }
}
