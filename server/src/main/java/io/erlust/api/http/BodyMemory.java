package io.erlust.api.http;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * How many bodies may be in memory at once, in all requests together. A body takes its place when
 * so much of it has come, not when it is announced, and keeps it until its request is answered: one
 * that is being read as JSON takes several times its size.
 *
 * <p>Who has a large place needs nothing more, and who has a medium one at most a large: so nobody
 * waits for ever.
 */
final class BodyMemory {
    /** Bodies up to this have no place: small requests pass, whatever others do. */
    static final int SMALL_BYTES = 16 << 10;

    /** An item, and the end of its line. */
    static final int MEDIUM_BYTES = (1 << 20) + 2;

    static final int MEDIUM_MAX = 32;
    static final int LARGE_MAX = 2;

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Semaphore medium = new Semaphore(MEDIUM_MAX, true);
    private final Semaphore large = new Semaphore(LARGE_MAX, true);
    private final Duration patience;

    BodyMemory() {
        this(PATIENCE);
    }

    /** @param patience how long to wait for a place */
    BodyMemory(Duration patience) {
        this.patience = patience;
    }

    /** The places of one request. Used by one thread. */
    final class Share {
        private boolean isMedium;
        private boolean isLarge;

        /** Waits a little while there is no place; then refuses. */
        void growTo(int bytes) throws InterruptedIOException {
            if (bytes > SMALL_BYTES && !isMedium) {
                take(medium, MEDIUM_MAX + " bodies of more than " + SMALL_BYTES);
                isMedium = true;
            }
            if (bytes > MEDIUM_BYTES && !isLarge) {
                take(large, LARGE_MAX + " bodies of more than " + MEDIUM_BYTES);
                isLarge = true;
            }
        }

        private void take(Semaphore places, String most) throws InterruptedIOException {
            try {
                if (!places.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw Problem.of(
                                    ProblemType.NOT_READY,
                                    "expected at most " + most
                                            + " bytes at once, in all requests together;"
                                            + " send it again later")
                            .retryAfter(1);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("the server is stopping");
            }
        }

        void giveBack() {
            if (isMedium) {
                isMedium = false;
                medium.release();
            }
            if (isLarge) {
                isLarge = false;
                large.release();
            }
        }
    }
}
