package io.erlust.queues;

/** The broker does not let it be done, and will not when it is repeated. */
public final class BrokerRefused extends RuntimeException {
    private static final long serialVersionUID = 1;

    public BrokerRefused(String why) {
        super(why);
    }
}
