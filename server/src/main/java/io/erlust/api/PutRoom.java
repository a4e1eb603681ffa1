package io.erlust.api;

import java.util.concurrent.Semaphore;

/**
 * How many bytes of streams of items and jobs may be on their way to the disk at once, in all
 * requests together. Nobody holds any while it waits for a client, so there is always some soon.
 */
final class PutRoom {
    private static final int BYTES_MAX = 32 << 20;

    private final Semaphore bytes = new Semaphore(BYTES_MAX, true);

    /** Waits for its turn. */
    void take(int count) {
        bytes.acquireUninterruptibly(Math.min(count, BYTES_MAX));
    }

    void giveBack(int count) {
        bytes.release(Math.min(count, BYTES_MAX));
    }
}
