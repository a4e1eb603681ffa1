package io.erlust.nodes;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What nodes print: {@code <data>/jobs/<serial>/run-<run>/node-<rank>.log}, bounded, kept over the
 * node's restarts.
 */
public final class NodeLogs {
    private final Path data;

    private record Shared(NodeLog log, int users) {}

    /** The logs that somebody writes or follows. Guarded by this. */
    private final Map<Path, Shared> open = new HashMap<>();

    public NodeLogs(Path data) {
        this.data = data;
    }

    private Path file(long serial, int run, int rank) {
        return data.resolve("jobs")
                .resolve(Long.toString(serial))
                .resolve("run-" + run)
                .resolve("node-" + rank + ".log");
    }

    synchronized NodeLog open(long serial, int run, int rank) throws IOException {
        Path file = file(serial, run, rank);
        Shared shared = open.get(file);
        NodeLog log = shared == null ? new NodeLog(file) : shared.log;
        open.put(file, new Shared(log, shared == null ? 1 : shared.users + 1));
        return log;
    }

    synchronized void release(NodeLog log) {
        Shared shared = open.get(log.file());
        if (shared == null || shared.log != log) {
            return;
        }
        if (shared.users > 1) {
            open.put(log.file(), new Shared(log, shared.users - 1));
        } else {
            open.remove(log.file());
            log.close();
        }
    }

    /** All that is kept of a node's output, made safe to show. Empty when it printed nothing. */
    public String text(long serial, int run, int rank) {
        try (LogTail tail = follow(serial, run, rank)) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            long dropped = tail.dropped();
            for (byte[] part = tail.read(); part.length > 0; part = tail.read()) {
                all.writeBytes(part);
            }
            String text = LogText.clean(all.toByteArray());
            return dropped == 0
                    ? text
                    : "--- " + dropped + " bytes of earlier output were dropped\n" + text;
        }
    }

    /** Reads a node's output from its beginning and goes on as it is printed. To be closed. */
    public LogTail follow(long serial, int run, int rank) {
        try {
            return new LogTail(this, open(serial, run, rank));
        } catch (IOException e) {
            throw new UncheckedIOException("the log of node " + rank + ": " + e.getMessage(), e);
        }
    }
}
