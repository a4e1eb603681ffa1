package io.erlust.nodes;

import io.erlust.time.MonotonicClock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Carries one stream of a node's output into its log. It always reads on, so the node is never
 * blocked for ever; a flood is slowed to {@value #BYTES_A_WINDOW} bytes in 30 ms, so that it does
 * not take a processor from others. A line longer than {@value #LINE_BYTES_MAX} bytes is cut.
 */
final class LogPump implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(LogPump.class);
    static final int LINE_BYTES_MAX = 16 << 10;
    private static final int READ_BYTES = 32 << 10;
    private static final int BYTES_A_WINDOW = 1 << 20;
    private static final long WINDOW_NANOS = Duration.ofMillis(30).toNanos();
    private static final int TAIL_BYTES = 4 << 10;
    private static final int TAIL_LINES = 20;

    /** Of what a process prints before it is a node. */
    private static final int EARLY_BYTES_MAX = 16 << 10;

    private final NodeLog.Source source;
    private final InputStream in;

    /** Guarded by this, as is what came before there was one. */
    private @Nullable NodeLog target;

    private final ByteArrayOutputStream early = new ByteArrayOutputStream();
    private final MonotonicClock clock;

    /** What is kept of what was read; larger than a read because of remarks about cut lines. */
    private byte[] kept = new byte[2 * READ_BYTES];

    private int keptBytes;
    private int lineBytes;
    private long cutBytes;
    private long windowStart;
    private int windowBytes;

    /** The last bytes kept. Guarded by this. */
    private byte[] tail = new byte[0];

    LogPump(NodeLog.Source source, InputStream in, MonotonicClock clock) {
        this.source = source;
        this.in = in;
        this.clock = clock;
    }

    /** Where it goes from now on, and what is kept of what came before. */
    synchronized void into(NodeLog log) {
        log.append(source, early.toByteArray(), early.size());
        early.reset();
        target = log;
    }

    private synchronized void deliver() {
        if (target != null) {
            target.append(source, kept, keptBytes);
        } else if (early.size() < EARLY_BYTES_MAX) {
            early.write(kept, 0, keptBytes);
        }
    }

    @Override
    public void run() {
        byte[] buffer = new byte[READ_BYTES];
        windowStart = clock.nanos();
        try {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                keep(buffer, n);
                pace(n);
            }
        } catch (IOException e) {
            log.debug("a node's output ended: {}", e.toString());
        }
    }

    private void keep(byte[] bytes, int n) {
        keptBytes = 0;
        for (int i = 0; i < n; i++) {
            byte b = bytes[i];
            if (b == '\n') {
                endCut();
                add(b);
                lineBytes = 0;
            } else if (lineBytes < LINE_BYTES_MAX) {
                add(b);
                lineBytes++;
            } else {
                cutBytes++;
            }
        }
        deliver();
        remember();
    }

    private void endCut() {
        if (cutBytes > 0) {
            String remark = " [" + cutBytes + " bytes cut]";
            for (byte b : remark.getBytes(StandardCharsets.US_ASCII)) {
                add(b);
            }
            cutBytes = 0;
        }
    }

    private void add(byte b) {
        kept[keptBytes++] = b;
    }

    private synchronized void remember() {
        int fresh = Math.min(keptBytes, TAIL_BYTES);
        int old = Math.min(tail.length, TAIL_BYTES - fresh);
        byte[] joined = new byte[old + fresh];
        System.arraycopy(tail, tail.length - old, joined, 0, old);
        System.arraycopy(kept, keptBytes - fresh, joined, old, fresh);
        tail = joined;
    }

    private void pace(int n) {
        windowBytes += n;
        if (windowBytes >= BYTES_A_WINDOW) {
            long left = windowStart + WINDOW_NANOS - clock.nanos();
            if (left > 0) {
                LockSupport.parkNanos(left);
            }
            windowStart = clock.nanos();
            windowBytes = 0;
        }
    }

    /** The last lines, for a failure's reason. */
    synchronized List<String> lastLines() {
        List<String> lines = LogText.clean(tail).lines().toList();
        return lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size());
    }
}
