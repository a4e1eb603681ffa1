package io.erlust.callbacks;

/**
 * A callback URL that must not be called: what was expected, what was got, which option would open
 * it.
 */
public final class TargetRefused extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String expected;
    private final String got;

    TargetRefused(String expected, String got) {
        super("expected " + expected + ", got " + got);
        this.expected = expected;
        this.got = got;
    }

    public String expected() {
        return expected;
    }

    public String got() {
        return got;
    }
}
