package io.erlust.api;

import io.erlust.nodes.LogTail;

import java.time.Duration;

/** One node's output in whole lines, each behind a prefix, as it is printed. For one thread. */
final class LogFollower implements AutoCloseable {
    /** A line that is longer is cut into several. */
    private static final int LINE_CHARS_MAX = 64 << 10;

    private final LogTail tail;
    private final String prefix;
    private final StringBuilder unfinished = new StringBuilder();

    LogFollower(LogTail tail, String prefix) {
        this.tail = tail;
        this.prefix = prefix;
    }

    /** The lines that are finished now, each with its end; empty when there are none yet. */
    String lines() throws InterruptedException {
        String fresh = tail.next(Duration.ZERO);
        if (fresh.isEmpty()) {
            return "";
        }
        unfinished.append(fresh);
        int end = unfinished.lastIndexOf("\n") + 1;
        if (end == 0 && unfinished.length() > LINE_CHARS_MAX) {
            return rest();
        }
        String lines = unfinished.substring(0, end);
        unfinished.delete(0, end);
        return prefixed(lines, prefix);
    }

    /** What has no end: the node is gone and will not finish it. */
    String rest() {
        if (unfinished.isEmpty()) {
            return "";
        }
        String rest = unfinished.append('\n').toString();
        unfinished.setLength(0);
        return prefixed(rest, prefix);
    }

    static String prefixed(String lines, String prefix) {
        if (prefix.isEmpty() || lines.isEmpty()) {
            return lines;
        }
        String whole = lines.endsWith("\n") ? lines : lines + '\n';
        String inner = whole.substring(0, whole.length() - 1).replace("\n", '\n' + prefix);
        return prefix + inner + '\n';
    }

    @Override
    public void close() {
        tail.close();
    }
}
