package io.erlust.cli;

/**
 * One line on stderr that is drawn again in place on a terminal; elsewhere a plain line now and
 * then. Used by one thread.
 */
final class ProgressLine {
    /** Without a terminal: a line at most so often, so that a log stays readable. */
    private static final long PLAIN_EVERY_NANOS = 5_000_000_000L;

    private static final String ERASE = "\r\u001b[K";

    private final Terminal terminal;
    private long lastPlain;
    private boolean drawn;

    ProgressLine(Terminal terminal, long now) {
        this.terminal = terminal;
        lastPlain = now;
    }

    void update(String text, long now) {
        if (terminal.interactive()) {
            int width = terminal.columns() - 1;
            terminal.err().print(ERASE + (text.length() > width ? text.substring(0, width) : text));
            terminal.err().flush();
            drawn = true;
        } else if (now - lastPlain >= PLAIN_EVERY_NANOS) {
            lastPlain = now;
            terminal.err().println(text);
        }
    }

    /** A line that stays, above the progress. */
    void say(String text) {
        erase();
        terminal.err().println(text);
    }

    void erase() {
        if (drawn) {
            terminal.err().print(ERASE);
            terminal.err().flush();
            drawn = false;
        }
    }
}
