package io.erlust.nodes;

/**
 * The language is known, but its interpreter does not work on this machine. Says what to install.
 */
public final class LanguageMissing extends RuntimeException {
    private static final long serialVersionUID = 1;

    LanguageMissing(String message) {
        super(message);
    }
}
