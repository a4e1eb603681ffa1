package io.erlust.jobs;

import io.erlust.time.Patience;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/** Remembers every event, so that a test can wait for one, also when it has been told already. */
public final class SeenStates {
    private static final long PATIENCE_S = Patience.SECONDS;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();

    /** Guarded by lock. */
    private final List<JobEvent> seen = new ArrayList<>();

    public SeenStates(JobEvents events) {
        events.listen(this::add);
    }

    private void add(JobEvent event) {
        lock.lock();
        try {
            seen.add(event);
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }

    public List<JobEvent> all() {
        lock.lock();
        try {
            return List.copyOf(seen);
        } finally {
            lock.unlock();
        }
    }

    /** The job as of the first time it was in this state (of a run). */
    public Job await(String id, int run, JobState state) throws InterruptedException {
        return await(
                        JobEvent.StateChanged.class,
                        changed -> changed.changed().id().value().equals(id)
                                && changed.changed().run() == run
                                && changed.changed().state() == state,
                        id + " " + state)
                .changed();
    }

    public Job await(String id, JobState state) throws InterruptedException {
        return await(id, 1, state);
    }

    public <E extends JobEvent> E await(Class<E> type, Predicate<E> which, String what)
            throws InterruptedException {
        lock.lock();
        try {
            long left = TimeUnit.SECONDS.toNanos(PATIENCE_S);
            while (true) {
                for (JobEvent event : seen) {
                    if (type.isInstance(event) && which.test(type.cast(event))) {
                        return type.cast(event);
                    }
                }
                if (left <= 0) {
                    throw new AssertionError("waited in vain for " + what + "; seen: " + seen);
                }
                left = more.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}
