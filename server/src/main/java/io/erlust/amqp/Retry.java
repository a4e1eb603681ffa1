package io.erlust.amqp;

/**
 * When a queue tries again what has failed: in a moment, and one attempt, whatever may ask for one.
 * What got no answer rests, longer each time: such an attempt costs the connection, which is the
 * other queues' too. Belongs to the mailbox.
 */
final class Retry {
    private static final long SOON_MS = 500;
    private static final long REST_MIN_MS = 1000;
    private static final long REST_MAX_MS = 60_000;

    interface Timer {
        void later(long millis, Runnable task);
    }

    private final Timer timer;
    private final Mailbox mailbox;
    private final Runnable attempt;

    private boolean isComing;
    private boolean isResting;
    private long restMs = REST_MIN_MS;

    Retry(Timer timer, Mailbox mailbox, Runnable attempt) {
        this.timer = timer;
        this.mailbox = mailbox;
        this.attempt = attempt;
    }

    /** Until it is over, nothing else should try either. */
    boolean isResting() {
        return isResting;
    }

    void soon() {
        if (!isComing) {
            isComing = true;
            timer.later(
                    SOON_MS,
                    () -> mailbox.post(() -> {
                        isComing = false;
                        attempt.run();
                    }));
        }
    }

    void rest() {
        isResting = true;
        timer.later(
                restMs,
                () -> mailbox.post(() -> {
                    isResting = false;
                    attempt.run();
                }));
        restMs = Math.min(REST_MAX_MS, restMs * 2);
    }

    void worked() {
        restMs = REST_MIN_MS;
    }
}
