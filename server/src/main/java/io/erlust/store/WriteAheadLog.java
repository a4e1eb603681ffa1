package io.erlust.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * SQLite's write-ahead log, read as sqlite.org/fileformat2.html#walformat describes it: a header,
 * then a frame a page, each with the log's salt and a checksum of all before it. A frame that ends
 * a commit has the size of the database in its second word.
 */
final class WriteAheadLog {
    private static final int HEADER_BYTES = 32;
    private static final int FRAME_HEADER_BYTES = 24;
    private static final int MAGIC = 0x377f0682; // its last bit says how checksums read words
    private static final int USUAL_PAGE_BYTES = 4096;

    private final ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    private final ByteBuffer frame;
    private final ByteOrder order;
    private int sum1;
    private int sum2;

    private WriteAheadLog(FileChannel file) throws IOException {
        readFully(file, header);
        order = (header.getInt(0) & 1) == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        frame = ByteBuffer.allocate(FRAME_HEADER_BYTES + pageBytes(header.getInt(8)));
    }

    private static int pageBytes(int found) {
        boolean possible = found >= 512 && found <= 65_536 && Integer.bitCount(found) == 1;
        return possible ? found : USUAL_PAGE_BYTES;
    }

    /** How many commits are in the log from its first damaged frame on; 0 for a good log. */
    static int commitsBehindDamage(Path path) {
        if (!Files.exists(path)) {
            return 0;
        }
        try (FileChannel file = FileChannel.open(path)) {
            return new WriteAheadLog(file).commitsBehindDamage(file);
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + path, e);
        }
    }

    private int commitsBehindDamage(FileChannel file) throws IOException {
        boolean good = isGoodHeader();
        long salt = header.getLong(16);
        int commits = 0;
        for (boolean first = true; readFully(file, frame); first = false) {
            long found = frame.getLong(8);
            if (first && !good) {
                salt = found; // the header's own can't be trusted
            }
            boolean isOfThisLog = found == salt;
            good = good && isOfThisLog && isGoodFrame();
            if (!good && isOfThisLog && frame.getInt(4) != 0) {
                commits++;
            }
        }
        return commits;
    }

    private boolean isGoodHeader() {
        add(header, 0, 24);
        return (header.getInt(0) & ~1) == MAGIC
                && header.getInt(24) == sum1
                && header.getInt(28) == sum2;
    }

    private boolean isGoodFrame() {
        add(frame, 0, 8);
        add(frame, FRAME_HEADER_BYTES, frame.capacity());
        return frame.getInt(16) == sum1 && frame.getInt(20) == sum2;
    }

    private void add(ByteBuffer bytes, int from, int to) {
        ByteBuffer words = bytes.duplicate().order(order);
        for (int at = from; at < to; at += 8) {
            sum1 += words.getInt(at) + sum2;
            sum2 += words.getInt(at + 4) + sum1;
        }
    }

    private static boolean readFully(FileChannel file, ByteBuffer buffer) throws IOException {
        buffer.clear();
        int n = 0;
        while (n >= 0 && buffer.hasRemaining()) {
            n = file.read(buffer);
        }
        return !buffer.hasRemaining();
    }
}
