package io.erlust.process;

/**
 * The process could not be started: no such program, no right to run it, or no room for a process.
 */
public final class SpawnFailed extends RuntimeException {
    private static final long serialVersionUID = 1;

    public SpawnFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
