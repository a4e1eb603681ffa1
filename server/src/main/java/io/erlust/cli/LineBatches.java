package io.erlust.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
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

    /** Lines of the stream are numbered from 1, empty ones too, as an editor does. */
    record Batch(byte[] bytes, int lines, long firstLine, long lastLine) {}

    Optional<Batch> next() throws IOException {
        ByteArrayOutputStream block = new ByteArrayOutputStream(BYTES + (BYTES >> 2));
        long first = line;
        int lines = 0;
        boolean more = true;
        while (more && block.size() < BYTES && lines < LINES) {
            int before = block.size();
            more = copyLine(block);
            if (block.size() > before) {
                block.write('\n');
                lines++;
            }
        }
        return lines == 0
                ? Optional.empty()
                : Optional.of(new Batch(block.toByteArray(), lines, first, line - 1));
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
