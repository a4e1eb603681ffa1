package io.erlust.queues;

/** The put would pass a limit of its queue; nothing of it was stored. */
public final class QueueFull extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String limit;
    private final long max;
    private final long now;

    QueueFull(QueueName queue, String limit, long max, long now) {
        super("queue " + queue + " is full: " + limit + " is " + max + ", it holds " + now
                + "; consume from it, or raise the limit with PUT /v1/queues/" + queue);
        this.limit = limit;
        this.max = max;
        this.now = now;
    }

    /** {@code items_max} or {@code bytes_max}. */
    public String limit() {
        return limit;
    }

    public long max() {
        return max;
    }

    public long now() {
        return now;
    }
}
