package io.erlust.cli;

import java.io.IOException;

/** A command can't go on. The message is for a person: what went wrong, and what to do. */
final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int exitCode;

    Failure(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    static Failure usage(String message) {
        return new Failure(ExitCode.USAGE, message);
    }

    static Failure local(String message) {
        return new Failure(ExitCode.LOCAL, message);
    }

    /** For an I/O error on a file: the name of its class is often the only thing it says. */
    static Failure reading(String what, IOException e) {
        String why = e.getMessage();
        String name = e.getClass().getSimpleName();
        return local("can't read " + what + ": " + (why == null ? name : name + ": " + why));
    }

    int exitCode() {
        return exitCode;
    }
}
