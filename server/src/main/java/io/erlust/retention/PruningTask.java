package io.erlust.retention;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The thread of a pruner: a round at the start and then every minute. A round that fails is logged,
 * the first of several, and the next one goes on where it was.
 */
final class PruningTask {
    private static final Logger log = LoggerFactory.getLogger(PruningTask.class);
    private static final Duration EVERY = Duration.ofMinutes(1);

    /** One round. It takes its rests from the task, and ends when that no longer goes on. */
    @FunctionalInterface
    interface Round {
        void run(PruningTask task) throws Exception;
    }

    private final String name;
    private final Round round;
    private final AtomicLong runs = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong removed = new AtomicLong();

    /** Guards stopping and thread. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition stop = lock.newCondition();
    private boolean stopping;
    private @Nullable Thread thread;

    /** Only touched by who runs rounds. */
    private boolean isFailing;

    PruningTask(String name, Round round) {
        this.name = name;
        this.round = round;
    }

    void start() {
        lock.lock();
        try {
            if (thread == null && !stopping) {
                thread = Thread.ofVirtual().name(name).start(this::loop);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The slice under way is finished, if that takes no longer than the deadline. */
    void stop(Duration deadline) throws InterruptedException {
        Thread running;
        lock.lock();
        try {
            stopping = true;
            stop.signalAll();
            running = thread;
        } finally {
            lock.unlock();
        }
        if (running != null && !running.join(deadline)) {
            log.warn("the {} did not end within {}", name, deadline);
        }
    }

    private void loop() {
        try {
            do {
                round();
            } while (rest(EVERY));
        } catch (InterruptedException e) {
            log.warn("the {} was interrupted and ends", name);
        }
    }

    /** Never fails, but to be interrupted. */
    void round() throws InterruptedException {
        try {
            round.run(this);
            runs.incrementAndGet();
            if (isFailing) {
                log.info("the {} works again", name);
            }
            isFailing = false;
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception | Error e) { // nobody else would prune
            failures.incrementAndGet();
            if (!isFailing) {
                log.warn("the {} failed and tries again every {}", name, EVERY, e);
            }
            isFailing = true;
        }
    }

    boolean goesOn() {
        lock.lock();
        try {
            return !stopping;
        } finally {
            lock.unlock();
        }
    }

    /** Lets others work. False: stop. */
    boolean rest(Duration pause) throws InterruptedException {
        lock.lock();
        try {
            long left = pause.toNanos();
            while (!stopping && left > 0) {
                left = stop.awaitNanos(left);
            }
            return !stopping;
        } finally {
            lock.unlock();
        }
    }

    void removed(int more) {
        removed.addAndGet(more);
    }

    Retention.Counts counts() {
        return new Retention.Counts(name, runs.get(), failures.get(), removed.get());
    }
}
