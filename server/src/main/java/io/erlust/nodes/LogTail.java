package io.erlust.nodes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;

/** A reader's place in a node's output. For one thread. */
public final class LogTail implements AutoCloseable {
    private final NodeLogs logs;
    private final NodeLog log;
    private long position;

    LogTail(NodeLogs logs, NodeLog log) {
        this.logs = logs;
        this.log = log;
        this.position = log.dropped();
    }

    long dropped() {
        return position;
    }

    byte[] read() {
        try {
            NodeLog.Part part = log.read(position);
            position = part.end();
            return part.bytes();
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + log.file() + ": " + e.getMessage(), e);
        }
    }

    /**
     * What was printed since, made safe to show; waits for some. Empty when nothing came in time,
     * or sooner. It does not say that the node has ended: its job knows. Output that is dropped
     * before it is read is skipped. A character cut by the end of what is there shows as a
     * replacement.
     */
    public String next(Duration atMost) throws InterruptedException {
        log.await(position, atMost);
        return LogText.clean(read());
    }

    @Override
    public void close() {
        logs.release(log);
    }
}
