package io.erlust.callbacks;

import io.erlust.callbacks.CallbackRows.Due;
import io.erlust.callbacks.CallbackRows.DueHost;
import io.erlust.callbacks.CallbackRows.Letter;
import io.erlust.jobs.spec.JobId;
import io.erlust.lifecycle.Rounds;
import io.erlust.store.Database;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;

/**
 * Brings callbacks that are due to their hosts: in order for a job, each host within its own
 * bounds, every attempt in a virtual thread that ends by its deadline.
 */
final class CallbackCourier {
    private static final Logger log = LoggerFactory.getLogger(CallbackCourier.class);

    /**
     * Callbacks of one job brought one after the other before its host's other jobs have their
     * turn.
     */
    private static final int IN_A_ROW_MAX = 16;

    private static final Duration AFTER_DEFECT = Duration.ofSeconds(5);

    private final Database database;
    private final CallbackSender sender;
    private final HostGate gate;
    private final RetrySchedule schedule;
    private final WallClock steady;
    private final Consumer<JobId> ended;
    private final Rounds rounds = new Rounds("callback-courier", this::round);
    private final AtomicLong delivered = new AtomicLong();
    private final AtomicLong failedAttempts = new AtomicLong();
    private final AtomicLong undelivered = new AtomicLong();

    /** Guards all below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition oneLess = lock.newCondition();

    /** Jobs with an attempt in flight. */
    private final Set<Long> busy = new HashSet<>();

    private boolean quiet;

    /** @param ended called when one of a job's callbacks needs no more attempts */
    CallbackCourier(
            Database database,
            CallbackSender sender,
            CallbackConfig config,
            WallClock steady,
            MonotonicClock clock,
            DoubleSupplier random,
            Consumer<JobId> ended) {
        this.database = database;
        this.sender = sender;
        this.gate = new HostGate(config, clock, random);
        this.schedule = new RetrySchedule(random);
        this.steady = steady;
        this.ended = ended;
    }

    void start() {
        rounds.start();
    }

    /** Looks at once for what is due. */
    void wake() {
        rounds.wake();
    }

    /** Begins no more attempts. */
    void quiet() {
        lock.lock();
        try {
            quiet = true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Lets the attempts in flight end until the deadline, then breaks them off. They will be made
     * again.
     */
    void stop(Duration deadline) throws InterruptedException {
        quiet();
        rounds.stop(deadline);
        long left = deadline.toNanos();
        lock.lock();
        try {
            while (!busy.isEmpty() && left > 0) {
                left = oneLess.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
        sender.stop();
        awaitBrokenOff();
    }

    /** So that nobody writes to a store that is about to be closed. */
    private void awaitBrokenOff() throws InterruptedException {
        long left = TimeUnit.SECONDS.toNanos(2);
        lock.lock();
        try {
            while (!busy.isEmpty() && left > 0) {
                left = oneLess.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Somebody says a host is well again. */
    void forgive(String host) {
        gate.forgive(host);
        wake();
    }

    CallbackCounters counters() {
        return new CallbackCounters(
                delivered.get(), failedAttempts.get(), undelivered.get(), gate.inFlight());
    }

    private Duration round() {
        Duration rest = Rounds.REST_MAX;
        for (DueHost host : database.read(CallbackRows::dueHosts)) {
            Instant now = steady.now();
            Duration left = Duration.between(now, host.at());
            if (left.isPositive()) {
                rest = shorter(rest, left);
                break; // earliest first
            }
            Duration pause = gate.pauseLeft(host.host());
            if (pause.isPositive()) {
                rest = shorter(rest, pause);
            } else {
                begin(host.host(), now);
            }
        }
        return rest;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private void begin(String host, Instant now) {
        int room = gate.room(host);
        if (room == 0) {
            return; // the end of an attempt wakes us
        }
        // those in flight are still due in the store: look beyond them
        int limit = room + gate.inFlight(host);
        for (Due due : database.read(handle -> CallbackRows.due(handle, host, now, limit))) {
            if (room > 0 && occupy(due.serial())) {
                room--;
                gate.enter(host);
                Thread.ofVirtual().name("callback-" + due.serial()).start(() -> carry(due));
            }
        }
    }

    /** False: the job has an attempt in flight, or no more are begun. */
    private boolean occupy(long serial) {
        lock.lock();
        try {
            return !quiet && busy.add(serial);
        } finally {
            lock.unlock();
        }
    }

    private void vacate(long serial) {
        lock.lock();
        try {
            busy.remove(serial);
            oneLess.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Brings a job's callback, and while that goes well the ones after it. */
    private void carry(Due first) {
        Optional<Due> due = Optional.of(first);
        try {
            for (int i = 0; i < IN_A_ROW_MAX && due.isPresent() && !isQuiet(); i++) {
                due = attempt(due.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            if (isQuiet()) {
                log.info(
                        "a callback was broken off by the stop; it will be sent again: {}",
                        e.toString());
            } else {
                log.error("a callback to {} could not be handled", first.host(), e);
                gate.pause(first.host(), AFTER_DEFECT); // it is still due; not again at once
            }
        } finally {
            gate.leave(first.host());
            vacate(first.serial());
            rounds.wake();
        }
    }

    private boolean isQuiet() {
        lock.lock();
        try {
            return quiet;
        } finally {
            lock.unlock();
        }
    }

    /** One attempt. Answers the job's next callback when this one arrived and the next is due. */
    private Optional<Due> attempt(Due due) throws InterruptedException {
        Optional<Letter> found = database.read(handle -> CallbackRows.letter(handle, due));
        if (found.isEmpty()) {
            return Optional.empty(); // ended or put behind another meanwhile
        }
        Letter letter = found.get();
        Outcome outcome = sender.send(letter.job(), letter.webhookId(), letter.body());
        if (outcome instanceof Outcome.Failed && isQuiet()) {
            return Optional.empty(); // perhaps broken off by the stop: not the host's failure
        }
        return conclude(due, letter, outcome);
    }

    private Optional<Due> conclude(Due due, Letter letter, Outcome outcome) {
        Instant now = steady.now();
        return switch (outcome) {
            case Outcome.Delivered(int status) -> {
                if (gate.answered(due.host())) {
                    rounds.wake(); // its other jobs need not wait until this one has none left
                }
                Optional<Due> next = database.write(tx -> {
                    CallbackRows.delivered(tx, due, status, now);
                    return CallbackRows.due(tx, due.serial(), now);
                });
                delivered.incrementAndGet();
                ended.accept(letter.job());
                yield next;
            }
            case Outcome.Gone gone -> {
                gate.answered(due.host());
                failedAttempts.incrementAndGet();
                undelivered.addAndGet(database.write(tx -> CallbackRows.gone(tx, due, now)));
                ended.accept(letter.job());
                log.info(
                        "job {}: its callbacks end, as one was answered with 410 (Gone)",
                        letter.job());
                yield Optional.empty();
            }
            case Outcome.Failed failed -> {
                retry(due, letter, failed, now);
                yield Optional.empty();
            }
        };
    }

    private void retry(Due due, Letter letter, Outcome.Failed failed, Instant now) {
        if (failed.hostFault()) {
            gate.failed(
                    due.host(),
                    failed.status().isPresent(),
                    failed.retryAfter().orElse(Duration.ZERO));
        } else if (failed.status().isPresent()) {
            gate.answered(due.host());
        }
        failedAttempts.incrementAndGet();
        Optional<Instant> next =
                schedule.next(letter.tries() + 1, now, letter.expires(), failed.retryAfter());
        OptionalInt status = failed.status();
        database.write(tx -> {
            CallbackRows.failed(tx, due, status, failed.error(), next, now);
            return 0;
        });
        if (next.isEmpty()) {
            undelivered.incrementAndGet();
            ended.accept(letter.job());
            log.warn(
                    "job {}: callback {} is given up: {}", letter.job(), due.seq(), failed.error());
        }
    }
}
