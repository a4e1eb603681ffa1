package io.erlust.json;

/** The text is not one well-formed JSON value within the limits. The message says where and why. */
public final class InvalidJson extends RuntimeException {
    private static final long serialVersionUID = 1;

    public InvalidJson(String message) {
        super(message);
    }
}
