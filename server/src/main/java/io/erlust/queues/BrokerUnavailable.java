package io.erlust.queues;

/** The message broker can't be reached, or takes nothing now. Nothing here is lost. */
public final class BrokerUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1;

    public BrokerUnavailable(String why) {
        super(why);
    }
}
