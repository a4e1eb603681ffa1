package io.erlust.nodes;

import io.erlust.json.Lines;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;

/**
 * Cuts a node's bytes into frames. A payload is one block with the offsets of its lines: no object
 * an item. What comes after the end of the stream, or an unfinished frame before it, is nothing.
 *
 * <p>For a large frame it takes one of the places there are, and keeps it until {@link #release}.
 */
final class FrameReader {
    static final int HEADER_BYTES_MAX = 64 << 10;
    static final int PAYLOAD_BYTES_MAX = 2 << 20;
    static final int PAYLOAD_LINES_MAX = 100_000;
    private static final int READ_BYTES = 64 << 10;

    /** Room for a header's rest and any payload: a large frame's buffer grows once. */
    private static final int LARGE_BUFFER_BYTES = PAYLOAD_BYTES_MAX + 2 * READ_BYTES;

    /** Where the bytes come from; read blocks until there are some, and gives -1 at the end. */
    interface Source {
        int read(ByteBuffer into) throws IOException;

        /** From now on read throws {@link SilentNode} when it would wait longer than until then. */
        default void expectWithin(Duration time) {}

        default void expectNothing() {}

        /** Whether the node ended so long ago that nothing of it is waited for. */
        default boolean isHeldTooLong() {
            return false;
        }
    }

    private final Source source;
    private final LargeFrames largeFrames;
    private boolean large;
    private byte[] buffer = new byte[READ_BYTES];
    private int from;
    private int to;

    FrameReader(Source source) {
        this(source, LargeFrames.OF_PROCESS);
    }

    FrameReader(Source source, LargeFrames largeFrames) {
        this.source = source;
        this.largeFrames = largeFrames;
    }

    /** Whether it holds a place for a large frame. */
    boolean isLarge() {
        return large;
    }

    /** Gives the place back, and the large buffer; the frame must not be in use any more. */
    void release() {
        if (!large) {
            return;
        }
        large = false;
        try {
            byte[] small = new byte[READ_BYTES];
            // what one read brought of the next frame; if it is more, the large frame broke off
            int length = to - from <= READ_BYTES ? to - from : 0;
            System.arraycopy(buffer, from, small, 0, length);
            buffer = small;
            from = 0;
            to = length;
        } finally {
            largeFrames.giveBack();
        }
    }

    /** The next header; null at the end of the stream. */
    @Nullable
    Header header() throws IOException {
        int length = 0;
        while (true) {
            for (int at = from + length; at < to; at++) {
                if (buffer[at] == '\n') {
                    Header header = Header.parse(Arrays.copyOfRange(buffer, from, at));
                    from = at + 1;
                    return header;
                }
            }
            length = to - from;
            if (length > HEADER_BYTES_MAX) {
                throw new ProtocolViolation(
                        "expected a frame's header of at most " + HEADER_BYTES_MAX
                                + " bytes in one line, got " + length + " bytes without its end");
            }
            if (!fill()) {
                return null;
            }
        }
    }

    /** The payload that follows a header; null when the stream ends in it. */
    @Nullable
    Lines payload(int n) throws IOException {
        try {
            return lines(n);
        } catch (SilentNode _) {
            throw new ProtocolViolation("expected a frame of more than "
                    + LargeFrames.LARGE_BYTES + " bytes to be sent within "
                    + largeFrames.time().toMillis() + " ms, got " + (to - from)
                    + " bytes of it; send large frames in one go");
        } finally {
            if (large) {
                source.expectNothing();
            }
        }
    }

    private @Nullable Lines lines(int n) throws IOException {
        int[] ends = new int[n];
        int found = 0;
        int length = 0;
        while (found < n) {
            if (from + length == to && !fill()) {
                return null;
            }
            int at = from + length;
            while (at < to && found < n) {
                if (buffer[at++] == '\n') {
                    ends[found++] = at - from;
                }
            }
            length = at - from;
            if (length > PAYLOAD_BYTES_MAX) {
                throw new ProtocolViolation(
                        "expected a frame's payload of at most " + PAYLOAD_BYTES_MAX
                                + " bytes, got " + found + " of " + n + " lines in " + length);
            }
        }
        byte[] block = Arrays.copyOfRange(buffer, from, from + length);
        from += length;
        return new Lines(block, ends);
    }

    /** Reads more behind what is there. False at the end of the stream. */
    private boolean fill() throws IOException {
        if (from == to) {
            from = 0;
            to = 0;
        }
        if (buffer.length - to < READ_BYTES / 4 && !makeRoom()) {
            return false;
        }
        int n = source.read(ByteBuffer.wrap(buffer, to, Math.min(READ_BYTES, buffer.length - to)));
        if (n < 0) {
            return false;
        }
        to += n;
        return true;
    }

    /** False when there is no place for a large frame, and none is needed any more. */
    private boolean makeRoom() throws IOException {
        int length = to - from;
        byte[] target = buffer;
        if (!large && length > buffer.length / 2) {
            boolean becomesLarge = buffer.length * 2 > LargeFrames.LARGE_BYTES;
            if (becomesLarge && !takePlace()) {
                return false;
            }
            target = new byte[becomesLarge ? LARGE_BUFFER_BYTES : buffer.length * 2];
        }
        System.arraycopy(buffer, from, target, 0, length);
        buffer = target;
        from = 0;
        to = length;
        return true;
    }

    private boolean takePlace() throws IOException {
        try {
            large = largeFrames.take(source::isHeldTooLong);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while it waited to read a large frame");
        }
        if (large) {
            source.expectWithin(largeFrames.time());
        }
        return large;
    }
}
