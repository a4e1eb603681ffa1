package io.erlust.nodes;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Two numbers a node keeps in shared memory: {@code hand}, the item now in its user's hands, and
 * {@code done}, the last one finished whose effects have all been sent. They outlive the node.
 *
 * <p>Opened before the node starts and read by position, not mapped: a node that shortens the file
 * would crash a server that has it mapped. Whatever is in it is a claim, to be checked.
 */
final class HandFile implements AutoCloseable {
    static final int BYTES = 16;

    record Marks(long hand, long done) {
        static final Marks NONE = new Marks(0, 0);
    }

    private final FileChannel file;

    /** Guarded by this. */
    private final ByteBuffer buffer =
            ByteBuffer.allocateDirect(BYTES).order(ByteOrder.LITTLE_ENDIAN);

    HandFile(Path path) throws IOException {
        file = FileChannel.open(path, StandardOpenOption.READ);
    }

    /** A node can make it grow, and fill the disk with it. */
    boolean hasGrown() {
        try {
            return file.size() > BYTES;
        } catch (IOException _) {
            return false; // it was closed: its node has ended
        }
    }

    /** Looks until two looks agree: a look may meet a number half written. */
    synchronized Marks read() {
        Marks marks = look();
        for (int i = 0; i < 100; i++) {
            Marks again = look();
            if (again.equals(marks)) {
                return marks;
            }
            marks = again;
        }
        return Marks.NONE; // it changes all the time: the node is not quiet
    }

    private Marks look() {
        try {
            buffer.clear();
            if (file.read(buffer, 0) < BYTES) {
                return Marks.NONE;
            }
            return new Marks(Math.max(0, buffer.getLong(0)), Math.max(0, buffer.getLong(8)));
        } catch (IOException _) {
            return Marks.NONE; // it only ever saves work; without it items are delivered again
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
