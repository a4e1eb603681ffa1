package io.erlust.nodes;

import io.erlust.queues.Delivery;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The one thread that writes to a node. It collects frames in a buffer and writes when that is full
 * or nothing more waits.
 */
final class FrameWriter implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(FrameWriter.class);
    private static final int BUFFER_BYTES = 128 << 10;

    /** Where the bytes go; write blocks until all are taken. */
    interface Sink {
        void write(ByteBuffer bytes) throws IOException;
    }

    private final Outbound outbound;
    private final Sink sink;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

    /** The seq of the last item sent. */
    private long seq;

    FrameWriter(Outbound outbound, Sink sink) {
        this.outbound = outbound;
        this.sink = sink;
    }

    @Override
    public void run() {
        try {
            while (true) {
                Outbound.Frame frame = outbound.poll();
                if (frame == null) {
                    flush();
                    frame = outbound.take();
                    if (frame == null) {
                        return;
                    }
                }
                write(frame);
            }
        } catch (IOException e) {
            log.debug("a node's connection takes no more: {}", e.toString());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            outbound.abandon();
        }
    }

    private void write(Outbound.Frame frame) throws IOException {
        switch (frame) {
            case Outbound.Control(byte[] bytes) -> append(bytes);
            case Outbound.Start(Outbound.Control(byte[] header), StartPayload payload) -> {
                append(header);
                for (byte[] piece : payload.pieces()) {
                    append(piece);
                }
            }
            case Outbound.Items(Feed feed, Delivery delivery) -> {
                if (feed.sending(seq + 1, delivery)) {
                    append(header(feed, delivery));
                    append(delivery.items().bytes());
                    seq += delivery.count();
                }
            }
            case Outbound.Drained(Feed feed) -> {
                if (feed.finishing()) {
                    append(ascii("{\"op\":\"drained\",\"q\":\"" + feed.queue() + "\"}\n"));
                }
            }
        }
    }

    /** Nothing in it needs escaping: names, numbers and a time. */
    private byte[] header(Feed feed, Delivery delivery) {
        return ascii("{\"op\":\"items\",\"q\":\"" + feed.queue() + "\",\"seq\":" + (seq + 1)
                + ",\"n\":" + delivery.count() + ",\"id\":\"" + delivery.parcel()
                + "\",\"first\":" + delivery.first() + ",\"put_at\":\"" + delivery.putAt()
                + "\",\"attempt\":" + delivery.attempt() + "}\n");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private void append(byte[] bytes) throws IOException {
        int at = 0;
        while (at < bytes.length) {
            if (!buffer.hasRemaining()) {
                flush();
            }
            int n = Math.min(buffer.remaining(), bytes.length - at);
            buffer.put(bytes, at, n);
            at += n;
        }
    }

    private void flush() throws IOException {
        if (buffer.position() > 0) {
            sink.write(buffer.flip());
            buffer.clear();
        }
    }
}
