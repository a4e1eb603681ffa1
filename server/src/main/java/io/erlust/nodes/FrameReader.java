package io.erlust.nodes;

import io.erlust.json.Lines;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Cuts a node's bytes into frames. A payload is one block with the offsets of its lines: no object
 * an item. What comes after the end of the stream, or an unfinished frame before it, is nothing.
 */
final class FrameReader {
    static final int HEADER_BYTES_MAX = 64 << 10;
    static final int PAYLOAD_BYTES_MAX = 2 << 20;
    static final int PAYLOAD_LINES_MAX = 100_000;
    private static final int READ_BYTES = 64 << 10;

    /** Where the bytes come from; read blocks until there are some, and gives -1 at the end. */
    interface Source {
        int read(ByteBuffer into) throws IOException;
    }

    private final Source source;
    private byte[] buffer = new byte[READ_BYTES];
    private int from;
    private int to;

    FrameReader(Source source) {
        this.source = source;
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
            if (buffer.length > 8 * READ_BYTES) {
                buffer = new byte[READ_BYTES]; // after a frame that was large
            }
        }
        if (buffer.length - to < READ_BYTES / 4) {
            int length = to - from;
            byte[] target = length > buffer.length / 2 ? new byte[buffer.length * 2] : buffer;
            System.arraycopy(buffer, from, target, 0, length);
            buffer = target;
            from = 0;
            to = length;
        }
        int n = source.read(ByteBuffer.wrap(buffer, to, Math.min(READ_BYTES, buffer.length - to)));
        if (n < 0) {
            return false;
        }
        to += n;
        return true;
    }
}
