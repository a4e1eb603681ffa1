package io.erlust.nodes;

import io.erlust.time.MonotonicClock;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The Unix socket of one node: it takes one connection, then listens no more.
 *
 * <p>The channel does not block, so that the reader can also look at the hand file when the node is
 * quiet, and be told that the process has ended. One thread reads, one writes.
 */
final class NodeSocket implements FrameReader.Source, FrameWriter.Sink, AutoCloseable {
    private static final long FIRST_LOOK_MS = 20;
    private static final long NEXT_LOOK_MS = 50;
    private static final long NOT_WATCHED_MS = 200;
    private static final long WRITE_POLL_MS = 1000;

    /** How long somebody who escaped may hold the connection of a node that has ended. */
    private static final Duration HELD_MAX = Duration.ofSeconds(2);

    /** What the session does while its node is quiet. */
    interface Quiet {
        /** Whether a look is worth it. */
        boolean isWatched();

        /**
         * Looks, before the socket is found empty; what it returns is run after. So whatever the
         * node sent before it wrote what was seen has been read.
         */
        Runnable look();
    }

    private final Path path;
    private final ServerSocketChannel listener;
    private final MonotonicClock clock;
    private final Selector reading;
    private @Nullable SocketChannel channel;
    private @Nullable Selector writing;

    /** When reading gives up if nothing has come; none when null. Only the reader's. */
    private @Nullable Long deadline;

    private @Nullable Quiet quiet;
    private volatile @Nullable Long exitedAt;

    NodeSocket(Path path, MonotonicClock clock) throws IOException {
        this.path = path;
        this.clock = clock;
        reading = Selector.open();
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(path), 1);
        listener.configureBlocking(false);
        listener.register(reading, SelectionKey.OP_ACCEPT);
    }

    /** The process has ended: what is in the socket is still read, nothing more is waited for. */
    void exited() {
        exitedAt = clock.nanos();
        reading.wakeup();
    }

    /** From now on reading fails when the node sends nothing until then. */
    @Override
    public void expectWithin(Duration time) {
        deadline = clock.nanos() + time.toNanos();
    }

    /** The node has said what it had to; from now on it may be quiet. */
    @Override
    public void expectNothing() {
        deadline = null;
    }

    void watch(Quiet whenQuiet) {
        quiet = whenQuiet;
    }

    /** Waits for the node; false when it ended without connecting. */
    boolean accept() throws IOException {
        while (true) {
            Long exit = exitedAt;
            SocketChannel accepted = listener.accept();
            if (accepted != null) {
                stopListening();
                accepted.configureBlocking(false);
                accepted.register(reading, SelectionKey.OP_READ);
                channel = accepted;
                return true;
            }
            if (exit != null) {
                return false;
            }
            select(waitMillis(false, 0));
        }
    }

    private void stopListening() throws IOException {
        listener.close();
        reading.selectNow(_ -> {}); // deregisters it, which closes its file
        Files.deleteIfExists(path);
    }

    private SocketChannel channel() throws IOException {
        SocketChannel open = channel;
        if (open == null) {
            throw new ClosedChannelException();
        }
        return open;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        SocketChannel from = channel();
        long lookIn = FIRST_LOOK_MS;
        int n = from.read(into);
        while (n == 0) {
            Quiet watcher = quiet;
            boolean watched = watcher != null && watcher.isWatched();
            if (select(waitMillis(watched, lookIn)) > 0) {
                n = from.read(into);
                continue;
            }
            Runnable seen = watched && watcher != null ? watcher.look() : () -> {};
            n = from.read(into);
            if (n == 0) {
                seen.run();
                lookIn = NEXT_LOOK_MS;
                if (isHeldTooLong()) {
                    return -1;
                }
            }
        }
        return n;
    }

    private int select(long millis) throws IOException {
        return reading.select(_ -> {}, millis);
    }

    @Override
    public boolean isHeldTooLong() {
        Long exit = exitedAt;
        return exit != null && clock.nanos() - exit > HELD_MAX.toNanos();
    }

    /** How long to wait for the node: 0 is for ever. */
    private long waitMillis(boolean watched, long lookIn) throws SilentNode {
        // items may be sent while nobody is watched: then somebody has to look
        long wait = watched ? lookIn : quiet == null ? 0 : NOT_WATCHED_MS;
        if (exitedAt != null) {
            wait = NEXT_LOOK_MS;
        }
        Long until = deadline;
        if (until != null) {
            long left = (until - clock.nanos()) / 1_000_000;
            if (left <= 0) {
                throw new SilentNode();
            }
            wait = wait == 0 ? left : Math.min(wait, left);
        }
        return wait;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        SocketChannel to = channel();
        while (bytes.hasRemaining()) {
            if (to.write(bytes) == 0) {
                if (isHeldTooLong()) {
                    // or the reader, which waits for room for its answers, would wait for ever
                    throw new ClosedChannelException();
                }
                Selector selector = writing;
                if (selector == null) {
                    selector = Selector.open();
                    writing = selector;
                    to.register(selector, SelectionKey.OP_WRITE);
                }
                selector.select(_ -> {}, WRITE_POLL_MS);
            }
        }
    }

    /** Closes the connection; the writer, if it is writing, gets an exception. */
    void disconnect() throws IOException {
        SocketChannel open = channel;
        if (open != null) {
            open.close();
        }
    }

    /** To be called when reader and writer have ended. */
    @Override
    public void close() throws IOException {
        disconnect();
        listener.close();
        reading.close();
        Selector selector = writing;
        if (selector != null) {
            selector.close();
        }
    }
}
