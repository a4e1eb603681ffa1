package io.erlust.json;

/**
 * A well-formed JSON value that breaks a rule: where (a JSON pointer), what was expected, what was
 * got.
 */
public final class InvalidField extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String pointer;
    private final String expected;
    private final String got;

    public InvalidField(String pointer, String expected, String got) {
        super((pointer.isEmpty() ? "the body" : pointer) + ": expected " + expected + ", got "
                + got);
        this.pointer = pointer;
        this.expected = expected;
        this.got = got;
    }

    public String pointer() {
        return pointer;
    }

    public String expected() {
        return expected;
    }

    public String got() {
        return got;
    }
}
