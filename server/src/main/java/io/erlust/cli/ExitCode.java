package io.erlust.cli;

/** What the program's exit code says; the same for every command. */
final class ExitCode {
    static final int OK = 0;

    /** The job that was followed, or that run of a recurring one, failed or was cancelled. */
    static final int JOB_FAILED = 1;

    static final int USAGE = 2;

    /** No server answered. */
    static final int UNREACHABLE = 3;

    /** The server answered, and refused. */
    static final int REFUSED = 4;

    /** Something on this side does not work: a file, a port, a missing program. */
    static final int LOCAL = 5;

    private ExitCode() {}
}
