package io.erlust.api.http;

import io.erlust.time.MonotonicClock;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A request body that must keep moving: within the grace period at any pace, after it at
 * {@value #BYTES_PER_SECOND_MIN} bytes a second or faster. Only the time spent waiting for the
 * client counts, so a client that we slow down ourselves is never blamed.
 */
final class PacedInput extends InputStream {
    static final long BYTES_PER_SECOND_MIN = 1024;

    private final InputStream in;
    private final long graceNanos;
    private final MonotonicClock clock;
    private long waitedNanos;
    private long bytes;

    PacedInput(InputStream in, Duration grace, MonotonicClock clock) {
        this.in = in;
        this.clock = clock;
        this.graceNanos = grace.toNanos();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        long before = clock.nanos();
        int read = in.read(into, offset, length);
        waitedNanos += clock.nanos() - before;
        if (read < 0) {
            return read;
        }
        bytes += read;
        long allowed = graceNanos + TimeUnit.SECONDS.toNanos(bytes / BYTES_PER_SECOND_MIN);
        if (waitedNanos > allowed) {
            throw tooSlow(bytes);
        }
        return read;
    }

    static Problem tooSlow(long bytes) {
        return Problem.of(
                ProblemType.BODY_TIMEOUT,
                "expected the body at " + BYTES_PER_SECOND_MIN + " bytes/s or faster, got " + bytes
                        + " bytes in all this time; send it in one go");
    }
}
