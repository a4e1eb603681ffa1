package io.erlust.api.http;

import java.util.concurrent.Semaphore;

/**
 * Bounds how many requests wait or follow at one time: each holds a connection, not a processor.
 */
public final class StreamSlots {
    private final int max;
    private final Semaphore free;

    public StreamSlots(int max) {
        this.max = max;
        this.free = new Semaphore(max);
    }

    /** Until closed. */
    public interface Slot extends AutoCloseable {
        @Override
        void close();
    }

    public Slot take() {
        if (!free.tryAcquire()) {
            throw Problem.of(
                            ProblemType.TOO_MANY_STREAMS,
                            "expected at most " + max + " requests that wait or follow at one time")
                    .with("limit", max)
                    .retryAfter(5);
        }
        return free::release;
    }

    public int taken() {
        return max - free.availablePermits();
    }
}
