package io.erlust.nodes;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * What a node asked for and has not been answered, in its order. It keeps the promise that an item
 * is acknowledged only after everything its node put or emitted before is durable: an
 * acknowledgement waits here behind the effects, and is dropped when one of those is refused.
 */
final class Effects {
    private static final Logger log = LoggerFactory.getLogger(Effects.class);

    /** More unanswered requests, or bytes of them, than this and the node is not read further. */
    private static final int UNANSWERED_MAX = 64;

    private static final long UNANSWERED_BYTES_MAX = 1L << 20;

    private record Entry(
            CompletableFuture<?> outcome, int bytes, Consumer<@Nullable Throwable> then) {}

    /** In order. Guarded by this, as are the other fields. */
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();

    private int unanswered;
    private long unansweredBytes;
    private boolean settling;

    /** Effects are numbered; what was answered are the first ones. */
    private long lastNumber;

    private long lastAnswered;
    private long lastRefused;

    /** Adds a request; {@code answer} is called with null or the reason why it was refused. */
    void add(CompletableFuture<?> outcome, int bytes, Consumer<@Nullable Throwable> answer) {
        long number;
        synchronized (this) {
            number = ++lastNumber;
            unanswered++;
            unansweredBytes += bytes;
            entries.addLast(new Entry(outcome, bytes, answer));
        }
        var _ = outcome.whenComplete((_, why) -> {
            if (why != null) {
                refused(number);
            }
            settle();
        });
    }

    /** Runs the action after all that was added, unless any of it that is unanswered is refused. */
    void then(Runnable action) {
        long from;
        synchronized (this) {
            from = firstUnanswered();
            entries.addLast(new Entry(CompletableFuture.completedFuture(true), -1, _ -> {
                if (!isRefusedSince(from)) {
                    action.run();
                }
            }));
        }
        settle();
    }

    private synchronized void refused(long number) {
        lastRefused = Math.max(lastRefused, number);
    }

    /** The number of the first effect that is not answered yet, or of the next one. */
    synchronized long firstUnanswered() {
        return lastAnswered + 1;
    }

    /** Whether an effect with this number or a later one has failed. */
    synchronized boolean isRefusedSince(long number) {
        return lastRefused >= number;
    }

    /** Answers what can be answered, in order, one thread at a time and outside the lock. */
    private void settle() {
        synchronized (this) {
            if (settling) {
                return;
            }
            settling = true;
        }
        for (Entry entry = next(); entry != null; entry = next()) {
            try {
                entry.then.accept(failure(entry.outcome));
            } catch (RuntimeException e) {
                log.error("answering a node", e);
            } finally {
                answered(entry);
            }
        }
    }

    private synchronized @Nullable Entry next() {
        Entry first = entries.peekFirst();
        if (first == null || !first.outcome.isDone()) {
            settling = false;
            notifyAll();
            return null;
        }
        return entries.removeFirst();
    }

    private synchronized void answered(Entry entry) {
        if (entry.bytes >= 0) {
            lastAnswered++;
            unanswered--;
            unansweredBytes -= entry.bytes;
        }
        notifyAll();
    }

    private static @Nullable Throwable failure(CompletableFuture<?> outcome) {
        return outcome.isCompletedExceptionally() ? outcome.exceptionNow() : null;
    }

    /** Waits until another request may be read. */
    synchronized void awaitRoom() throws InterruptedException {
        while (unanswered >= UNANSWERED_MAX || unansweredBytes >= UNANSWERED_BYTES_MAX) {
            wait();
        }
    }

    /** Waits until everything is answered. */
    synchronized void awaitAll() throws InterruptedException {
        while (unanswered > 0 || !entries.isEmpty() || settling) {
            wait();
        }
    }
}
