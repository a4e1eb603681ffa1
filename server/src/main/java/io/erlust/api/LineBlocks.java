package io.erlust.api;

import io.erlust.api.http.Body;
import io.erlust.api.http.Problem;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * A stream of lines in blocks of whole lines, as they come: one block at a time, so a body of any
 * length takes a bounded piece of memory.
 */
final class LineBlocks {
    private static final int BLOCK_BYTES = 256 << 10;

    /** Most clients send little, or nothing for long: a block grows with what comes. */
    private static final int FIRST_BLOCK_BYTES = 16 << 10;

    /** What is longer may become as long as the longest line, at once. */
    private static final int MEDIUM_LINE_BYTES = 1 << 20;

    private final Body body;
    private final InputStream in;
    private final int lineBytesMax;
    private final PutRoom room;
    private final Supplier<Problem> tooLong;
    private final IntSupplier kept;
    private byte[] block = new byte[FIRST_BLOCK_BYTES];
    private int filled;
    private int used;
    private boolean isAtEnd;

    /**
     * A stream that nobody has read of.
     *
     * @param tooLong what to say of a line that is longer than {@code lineBytesMax}
     * @param kept how many bytes the caller keeps until the end, beside the blocks
     */
    LineBlocks(
            Body body,
            int lineBytesMax,
            PutRoom room,
            Supplier<Problem> tooLong,
            IntSupplier kept) {
        this.body = body;
        this.in = body.stream();
        this.lineBytesMax = lineBytesMax;
        this.room = room;
        this.tooLong = tooLong;
        this.kept = kept;
    }

    /**
     * The next lines, each with its end; empty when there are no more. Has room for as many bytes,
     * which the caller gives back. What the block before took of the body's memory is let go.
     */
    byte[] next() throws IOException {
        letGo();
        while (!isAtEnd) {
            fill();
            int end = isAtEnd ? filled : lastLineEnd();
            if (end > 0) {
                return take(end);
            }
            if (!isAtEnd) {
                widen();
            }
        }
        return new byte[0];
    }

    private void letGo() throws IOException {
        if (used > 0) {
            int rest = filled - used;
            int size = Math.max(Math.min(2 * block.length, BLOCK_BYTES), rest + 1);
            boolean shrinks = block.length > BLOCK_BYTES && size <= BLOCK_BYTES;
            block = Arrays.copyOfRange(block, used, used + size);
            filled = rest;
            used = 0;
            if (shrinks) {
                body.letGo();
            }
        }
        body.hold(kept.getAsInt());
    }

    /** Reads until the block is full, or the body at its end. */
    private void fill() throws IOException {
        while (filled < block.length && !isAtEnd) {
            int read = in.read(block, filled, block.length - filled);
            isAtEnd = read < 0;
            filled += Math.max(read, 0);
        }
    }

    private int lastLineEnd() {
        int end = filled;
        while (end > 0 && block[end - 1] != '\n') {
            end--;
        }
        return end;
    }

    /** For a line longer than a block: at once to one of the longest, with leave. */
    private void widen() throws IOException {
        if (block.length > lineBytesMax) {
            throw tooLong.get();
        }
        int size = 2 * block.length;
        if (size > BLOCK_BYTES) {
            size = block.length <= BLOCK_BYTES
                    ? Math.min(lineBytesMax, MEDIUM_LINE_BYTES) + 2
                    : lineBytesMax + 2;
            body.hold(size);
        }
        block = Arrays.copyOf(block, size);
    }

    /** The last line of all gets an end when it lacks one. */
    private byte[] take(int end) {
        int length = block[end - 1] == '\n' ? end : end + 1;
        room.take(length);
        byte[] lines = Arrays.copyOf(block, length);
        lines[length - 1] = '\n';
        used = end;
        return lines;
    }
}
