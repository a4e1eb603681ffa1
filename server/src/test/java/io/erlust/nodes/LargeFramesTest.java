package io.erlust.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.erlust.json.Lines;
import io.erlust.time.MonotonicClock;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Large frames are read a few at a time, and nobody keeps the others from theirs. */
class LargeFramesTest {
    private static final int ITEM_BYTES = 950_000;
    private static final Duration LONG = Duration.ofMinutes(5);

    @TempDir
    private Path directory;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<End> ends = new ArrayList<>();

    /** Both ends of a connection. */
    private record End(NodeSocket socket, SocketChannel node, FrameReader reader) {}

    private End connect(LargeFrames frames, MonotonicClock clock) throws IOException {
        Path path = directory.resolve("s" + ends.size());
        NodeSocket socket = new NodeSocket(path, clock);
        SocketChannel node = SocketChannel.open(UnixDomainSocketAddress.of(path));
        assertThat(socket.accept()).isTrue();
        End end = new End(socket, node, new FrameReader(socket, frames));
        ends.add(end);
        return end;
    }

    private End connect(LargeFrames frames) throws IOException {
        return connect(frames, MonotonicClock.system());
    }

    @AfterEach
    void close() throws Exception {
        for (End end : ends) {
            end.node.close();
        }
        threads.shutdown();
        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        for (End end : ends) {
            end.socket.close();
        }
    }

    /** Sends it from a thread of its own, as the socket takes less at once. */
    private Future<?> send(End end, byte[] bytes) {
        return threads.submit(() -> {
            ByteBuffer left = ByteBuffer.wrap(bytes);
            while (left.hasRemaining()) {
                end.node.write(left);
            }
            return true;
        });
    }

    /** Reads one frame as a session does: the place is given back whatever happens. */
    private Future<@Nullable Lines> read(End end) {
        return threads.submit(() -> {
            try {
                return frame(end.reader);
            } finally {
                end.reader.release();
            }
        });
    }

    private static @Nullable Lines frame(FrameReader reader) throws IOException {
        Header header = Objects.requireNonNull(reader.header());
        return reader.payload(header.count(10));
    }

    private static byte[] whole() {
        String item = "1".repeat(ITEM_BYTES - 1) + "\n";
        return ("{\"op\":\"emit\",\"id\":1,\"n\":2}\n" + item.repeat(2)).getBytes(UTF_8);
    }

    private static byte[] half() {
        return ("{\"op\":\"emit\",\"id\":1,\"n\":2}\n" + "1".repeat(ITEM_BYTES)).getBytes(UTF_8);
    }

    @Test
    void what_follows_a_large_frame_is_read_after_its_place_was_given_back() throws Exception {
        LargeFrames frames = new LargeFrames(1, LONG);
        End end = connect(frames);
        for (int i = 0; i < 3; i++) {
            send(end, whole()).isDone();
            Lines lines = Objects.requireNonNull(frame(end.reader));
            assertThat(lines.bytes()).hasSize(2 * ITEM_BYTES);
            assertThat(end.reader.isLarge()).isTrue();
            assertThat(frames.free()).isZero();
            end.reader.release();
            end.reader.release();
            assertThat(frames.free()).isEqualTo(1);
            send(end, "{\"op\":\"put\",\"id\":7,\"n\":1}\n12\n".getBytes(UTF_8)).get();
            assertThat(Objects.requireNonNull(frame(end.reader)).count()).isEqualTo(1);
            assertThat(end.reader.isLarge()).isFalse();
        }
    }

    @Test
    void who_waits_gets_through_when_the_time_of_the_others_is_over() throws Exception {
        Duration time = Duration.ofSeconds(2); // all have to begin in it
        LargeFrames frames = new LargeFrames(4, time);
        long from = System.nanoTime();
        List<Future<@Nullable Lines>> halves = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            End end = connect(frames);
            send(end, half()).isDone();
            halves.add(read(end));
        }
        await().until(() -> frames.free() == 0);
        End last = connect(frames);
        send(last, whole()).isDone();
        Lines lines = read(last).get(30, TimeUnit.SECONDS);
        assertThat(Objects.requireNonNull(lines).bytes()).hasSize(2 * ITEM_BYTES);
        assertThat(System.nanoTime() - from).isGreaterThan(time.toNanos() * 9 / 10);
        for (Future<@Nullable Lines> half : halves) {
            assertThatThrownBy(() -> half.get(30, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(ProtocolViolation.class)
                    .hasMessageContaining("within 2000 ms");
        }
        assertThat(frames.free()).isEqualTo(4);
    }

    @Test
    void a_place_is_given_back_when_the_node_dies_in_the_middle() throws Exception {
        LargeFrames frames = new LargeFrames(1, LONG);
        End dying = connect(frames);
        Future<@Nullable Lines> half = read(dying);
        send(dying, half()).get();
        await().until(() -> frames.free() == 0);
        End other = connect(frames);
        send(other, whole()).isDone();
        Future<@Nullable Lines> waiting = read(other);
        await().until(() -> frames.waiting() == 1);
        dying.node.close();
        assertThat(half.get(30, TimeUnit.SECONDS)).isNull();
        assertThat(waiting.get(30, TimeUnit.SECONDS)).isNotNull();
        assertThat(frames.free()).isEqualTo(1);
    }

    @Test
    void who_waits_for_a_place_stops_when_its_process_has_ended() throws Exception {
        LargeFrames frames = new LargeFrames(1, LONG);
        End holder = connect(frames);
        Future<@Nullable Lines> held = read(holder);
        send(holder, half()).get();
        await().until(() -> frames.free() == 0);
        AtomicLong now = new AtomicLong();
        End dead = connect(frames, now::get);
        send(dead, whole()).isDone();
        Future<@Nullable Lines> waiting = read(dead);
        await().until(() -> frames.waiting() == 1);
        dead.socket.exited();
        now.addAndGet(Duration.ofSeconds(3).toNanos());
        assertThat(waiting.get(30, TimeUnit.SECONDS)).isNull();
        assertThat(frames.waiting()).isZero();
        assertThat(frames.free()).isZero();
        assertThat(held.isDone()).isFalse();
        dead.node.close(); // its sender is still at it
    }

    @Test
    void sessions_give_their_places_back_when_their_nodes_die_and_answer_who_never_reads()
            throws Exception {
        int before = LargeFrames.OF_PROCESS.free();
        try (NodeFixture fixture = new NodeFixture(directory, "none")) {
            String dies = "hello(); send({'op': 'emit', 'id': 1, 'n': 2}); "
                    + "s.sendall(b'1' * 950_000); os._exit(3)";
            for (int i = 0; i < 3; i++) {
                assertThat(fixture.raw(dies).exit().reason()).isEqualTo("exit 3");
            }
            NodeExit exit = fixture.raw("""
                                    hello()
                                    for i in range(2):
                                        send({"op": "emit", "id": i}, "x" * 950_000, "y" * 950_000)
                                    for i in range(2): print(recv()[0])
                                    """).exit();
            assertThat(exit.reason()).isEqualTo("normal");
            assertThat(fixture.log().lines().filter(line -> line.contains("ok")))
                    .hasSize(2);
            assertThat(fixture.results()).hasSize(4);
        }
        assertThat(LargeFrames.OF_PROCESS.free()).isEqualTo(before);
    }
}
