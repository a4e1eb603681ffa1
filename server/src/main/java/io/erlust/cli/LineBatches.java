package io.erlust.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/**
 * Cuts a stream of lines into blocks of whole lines that fit well into one request each. Empty
 * lines are left out. Holds one block at a time, however long the stream.
 */
final class LineBatches {
    static final int BYTES = 1 << 20;
    static final int LINES = 10_000;

    /**
     * Far over any server's limit of an item; only so that a wrong file does not fill the memory.
     */
    static final int LINE_BYTES_MAX = 16 << 20;

    private final BufferedInputStream in;
    private long line = 1;

    LineBatches(InputStream in) {
        this.in = new BufferedInputStream(in, 1 << 16);
    }

    /**
     * Some lines.
     *
     * @param numbers of its lines in the stream, from 1; empty ones count there, as in an editor
     */
    record Batch(byte[] bytes, long[] numbers) {
        int lines() {
            return numbers.length;
        }

        long firstLine() {
            return numbers[0];
        }

        long lastLine() {
            return numbers[numbers.length - 1];
        }
    }

    Optional<Batch> next() throws IOException {
        ByteArrayOutputStream block = new ByteArrayOutputStream(BYTES + (BYTES >> 2));
        long[] numbers = new long[LINES];
        int lines = 0;
        boolean more = true;
        while (more && block.size() < BYTES && lines < LINES) {
            int before = block.size();
            numbers[lines] = line;
            more = copyLine(block);
            if (block.size() > before) {
                block.write('\n');
                lines++;
            }
        }
        return lines == 0
                ? Optional.empty()
                : Optional.of(new Batch(block.toByteArray(), Arrays.copyOf(numbers, lines)));
    }

    /** Without its end. False at the end of the stream. */
    private boolean copyLine(ByteArrayOutputStream block) throws IOException {
        int start = block.size();
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') {
                line++;
                return true;
            }
            if (block.size() - start == LINE_BYTES_MAX) {
                throw Failure.local("line " + line + ": expected at most " + LINE_BYTES_MAX
                        + " bytes; is this" + " NDJSON, one JSON value a line?");
            }
            if (b != '\r') {
                block.write(b);
            }
        }
        line += block.size() > start ? 1 : 0;
        return false;
    }
}
