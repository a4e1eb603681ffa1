package io.erlust.lifecycle;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A thread that does a round of work, then rests until it is woken or the round's own time comes. A
 * round that fails is logged and done again a second later.
 */
public final class Rounds {
    private static final Logger log = LoggerFactory.getLogger(Rounds.class);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

    /** The wall clock may jump, so nobody rests longer than this. */
    public static final Duration REST_MAX = Duration.ofSeconds(10);

    /** One round. Answers how long to rest unless woken. */
    @FunctionalInterface
    public interface Round {
        Duration run();
    }

    private final String name;
    private final Round round;

    /** Guards woken, stopping and thread. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition wake = lock.newCondition();
    private boolean woken;
    private boolean stopping;
    private @Nullable Thread thread;

    public Rounds(String name, Round round) {
        this.name = name;
        this.round = round;
    }

    public void start() {
        lock.lock();
        try {
            if (thread == null && !stopping) {
                thread = Thread.ofVirtual().name(name).start(this::loop);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The next round begins at once, or right after the one being done. Never blocks for long. */
    public void wake() {
        lock.lock();
        try {
            woken = true;
            wake.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Lets the round being done finish, no longer than the deadline. True when it has. */
    public boolean stop(Duration deadline) throws InterruptedException {
        Thread running;
        lock.lock();
        try {
            stopping = true;
            wake.signal();
            running = thread;
        } finally {
            lock.unlock();
        }
        return running == null || running.join(deadline);
    }

    private void loop() {
        Duration rest = Duration.ZERO;
        while (await(rest)) {
            try {
                rest = round.run();
            } catch (RuntimeException | Error e) { // nobody else would do its work
                log.error("{}: a round failed; the next is in {}", name, AFTER_FAILURE, e);
                rest = AFTER_FAILURE;
            }
        }
    }

    /** False: stop. */
    private boolean await(Duration rest) {
        lock.lock();
        try {
            long left = Math.min(rest.toNanos(), REST_MAX.toNanos());
            while (!woken && !stopping && left > 0) {
                left = wake.awaitNanos(left);
            }
            woken = false;
            return !stopping;
        } catch (InterruptedException e) {
            log.warn("{}: interrupted, so stopped", name);
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }
}
