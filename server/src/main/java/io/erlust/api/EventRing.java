package io.erlust.api;

import io.erlust.jobs.JobEvent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The last events of one job. Of what only its latest matters (progress, how far the results are)
 * one event is kept; a follower misses nothing by that.
 */
final class EventRing {
    static final int EVENTS_MAX = 256;

    /** One event: its number and what it says. */
    record Entry(long number, Content content) {}

    /** What an event says; small, so that a ring never holds a job's source. */
    sealed interface Content {
        record State(byte[] json, boolean isEnd) implements Content {}

        record CancelRequested(JobEvent.CancelRequested event) implements Content {}

        record Node(JobEvent.NodeChanged event) implements Content {}

        record Results(JobEvent.ResultsAppended event) implements Content {}
    }

    /** Events with the same key replace each other. */
    private sealed interface Key {
        record Once(long number) implements Key {}

        record Progress(int rank, String state, int restarts) implements Key {}

        record LastResult(int run) implements Key {}
    }

    /** Guards everything here. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private final Map<Key, Entry> entries = new LinkedHashMap<>();
    private long last;
    private long forgotten;

    /** @param before numbers up to this one are not in the ring and never were */
    EventRing(long before) {
        this.forgotten = before;
        this.last = before;
    }

    /** Numbered under the lock: who has seen a number has seen every lower one of this job. */
    void add(AtomicLong numbers, JobEvent event) {
        lock.lock();
        try {
            long number = numbers.incrementAndGet();
            Key key = key(number, event);
            entries.remove(key);
            entries.put(key, new Entry(number, content(event)));
            last = number;
            if (entries.size() > EVENTS_MAX) {
                Iterator<Entry> eldest = entries.values().iterator();
                forgotten = Math.max(forgotten, eldest.next().number());
                eldest.remove();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static Key key(long number, JobEvent event) {
        return switch (event) {
            case JobEvent.NodeChanged node ->
                new Key.Progress(
                        node.node().rank(), node.node().state(), node.node().restarts());
            case JobEvent.ResultsAppended results -> new Key.LastResult(results.run());
            case JobEvent.StateChanged state -> new Key.Once(number);
            case JobEvent.CancelRequested request -> new Key.Once(number);
        };
    }

    private static Content content(JobEvent event) {
        return switch (event) {
            case JobEvent.StateChanged state ->
                new Content.State(EventJson.state(state.changed()), state.isEnd());
            case JobEvent.CancelRequested request -> new Content.CancelRequested(request);
            case JobEvent.NodeChanged node -> new Content.Node(node);
            case JobEvent.ResultsAppended results -> new Content.Results(results);
        };
    }

    /** Empty when some of them are forgotten. */
    Optional<List<Entry>> after(long number) {
        lock.lock();
        try {
            if (number < forgotten) {
                return Optional.empty();
            }
            List<Entry> found = new ArrayList<>();
            for (Entry entry : entries.values()) {
                if (entry.number() > number) {
                    found.add(entry);
                }
            }
            return Optional.of(found);
        } finally {
            lock.unlock();
        }
    }

    void await(long number, Duration atMost, BooleanSupplier given) throws InterruptedException {
        lock.lock();
        try {
            long left = atMost.toNanos();
            while (last <= number && left > 0 && !given.getAsBoolean()) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
