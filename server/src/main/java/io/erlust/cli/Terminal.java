package io.erlust.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a command reads and writes.
 *
 * @param out results; buffered, flushed at the end and where somebody waits for it
 * @param err everything said to a person beside the results
 * @param interactive a person looks at it: tables are cut to its width, progress is drawn in place
 * @param columns its width; only of use when interactive
 */
record Terminal(
        InputStream in, PrintStream out, PrintStream err, boolean interactive, int columns) {
    private static final int COLUMNS_DEFAULT = 80;
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,4}) ([0-9]{1,4})");

    /**
     * The process's own streams. The launcher says what kind of terminal it is, because a JVM can't
     * tell cheaply: {@code erlust.terminal} is "rows columns" as by {@code stty size}, or absent.
     */
    static Terminal ofProcess() {
        PrintStream out = new PrintStream(
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
                false,
                StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(
                new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        String size = System.getProperty("erlust.terminal", "");
        return new Terminal(System.in, out, err, !size.isEmpty(), columns(size));
    }

    static int columns(String size) {
        Matcher matcher = SIZE.matcher(size);
        int columns = matcher.matches() ? Integer.parseInt(matcher.group(2)) : 0;
        return columns >= 20 ? columns : COLUMNS_DEFAULT;
    }
}
