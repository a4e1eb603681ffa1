package io.erlust.nodes;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One node's output in two files: the current segment, and the one before. When the current one is
 * full it becomes the one before, whose bytes are dropped and counted. Bytes are kept as they came.
 * A position counts all bytes ever written.
 */
final class NodeLog {
    private static final Logger log = LoggerFactory.getLogger(NodeLog.class);
    static final long SEGMENT_BYTES_MAX = 1 << 20;
    private static final int READ_BYTES_MAX = 256 << 10;

    private final Path current;
    private final Path before;

    /** Holds how many bytes were dropped. */
    private final Path droppedFile;

    private final LongAdder written;

    /** Who prints. Two of them never share a line. */
    enum Source {
        STDOUT,
        STDERR,
        SERVER
    }

    /** Bytes and the position behind them. */
    record Part(byte[] bytes, long end) {}

    /** Guards every field below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition grown = lock.newCondition();

    /** Opened with the first byte. */
    private @Nullable FileChannel out;

    private long dropped;
    private long beforeBytes;
    private long currentBytes;
    private Source lastSource = Source.SERVER;
    private boolean atLineStart = true;
    private boolean failed;

    /** @param written counts what is written, together with other logs */
    NodeLog(Path current, LongAdder written) throws IOException {
        this.current = current;
        this.written = written;
        this.before = current.resolveSibling(current.getFileName() + ".1");
        this.droppedFile = current.resolveSibling(current.getFileName() + ".dropped");
        currentBytes = Files.exists(current) ? Files.size(current) : 0;
        beforeBytes = Files.exists(before) ? Files.size(before) : 0;
        if (Files.exists(droppedFile)) {
            dropped = number(Files.readString(droppedFile).strip());
        }
    }

    /** A full disk or a kill can leave it empty; a log that begins too early harms nobody. */
    private static long number(String text) {
        return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : 0;
    }

    Path file() {
        return current;
    }

    /** A line of the server's own. */
    void note(String text) {
        byte[] line = (text + "\n").getBytes(StandardCharsets.UTF_8);
        append(Source.SERVER, line, line.length);
    }

    /** Never fails: what can't be written is dropped. */
    void append(Source source, byte[] bytes, int length) {
        if (length == 0) {
            return;
        }
        lock.lock();
        try {
            if (source != lastSource && !atLineStart) {
                write(new byte[] {'\n'}, 1);
            }
            lastSource = source;
            atLineStart = bytes[length - 1] == '\n';
            write(bytes, length);
            failed = false;
            grown.signalAll();
        } catch (IOException e) {
            if (!failed) {
                log.warn("{} can't be written, output is dropped: {}", current, e.toString());
            }
            failed = true;
        } finally {
            lock.unlock();
        }
    }

    private void write(byte[] bytes, int length) throws IOException {
        FileChannel file = out;
        if (file != null && currentBytes + length > SEGMENT_BYTES_MAX) {
            file.close();
            out = null;
            rotate();
            file = null;
        }
        if (file == null) {
            file = openCurrent();
            out = file;
        }
        written.add(length);
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
        while (buffer.hasRemaining()) {
            currentBytes += file.write(buffer);
        }
    }

    private FileChannel openCurrent() throws IOException {
        try {
            return createCurrent();
        } catch (NoSuchFileException e) {
            return createCurrent(); // its job's directory, still empty, was pruned just now
        }
    }

    private FileChannel createCurrent() throws IOException {
        Files.createDirectories(current.getParent());
        return FileChannel.open(
                current,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.APPEND);
    }

    private void rotate() throws IOException {
        Files.move(current, before, StandardCopyOption.REPLACE_EXISTING);
        dropped += beforeBytes;
        beforeBytes = currentBytes;
        currentBytes = 0;
        Files.writeString(droppedFile, Long.toString(dropped));
    }

    /** The first position that is still kept. */
    long dropped() {
        lock.lock();
        try {
            return dropped;
        } finally {
            lock.unlock();
        }
    }

    private long end() {
        return dropped + beforeBytes + currentBytes;
    }

    /** Waits until there is something behind the position, but not longer than the time given. */
    void await(long position, Duration atMost) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = atMost.toNanos();
            while (end() <= position && left > 0) {
                left = grown.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Some bytes from the position on, or from the first ones that are still kept. */
    Part read(long position) throws IOException {
        lock.lock();
        try {
            long from = Math.max(position, dropped);
            long inBefore = from - dropped;
            byte[] bytes = inBefore < beforeBytes
                    ? read(before, inBefore, beforeBytes)
                    : read(current, inBefore - beforeBytes, currentBytes);
            return new Part(bytes, from + bytes.length);
        } finally {
            lock.unlock();
        }
    }

    private static byte[] read(Path file, long at, long end) throws IOException {
        if (at >= end) {
            return new byte[0];
        }
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(end - at, READ_BYTES_MAX));
        try (FileChannel in = FileChannel.open(file)) {
            int n = 0;
            while (n >= 0 && buffer.hasRemaining()) {
                n = in.read(buffer, at + buffer.position());
            }
        } catch (NoSuchFileException e) {
            return new byte[0]; // pruned meanwhile
        }
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    void close() {
        lock.lock();
        try {
            FileChannel file = out;
            out = null;
            if (file != null) {
                file.close();
            }
        } catch (IOException e) {
            log.warn("closing {}: {}", current, e.toString());
        } finally {
            lock.unlock();
        }
    }
}
