package io.erlust.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.erlust.json.Lines;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Random;

/** Frames are the same however their bytes are cut on the way. */
class FrameReaderTest {
    /** Gives the bytes in pieces of a random size up to a maximum. */
    private static FrameReader reader(byte[] bytes, int pieceMax, long seed) {
        Random random = new Random(seed);
        ByteBuffer left = ByteBuffer.wrap(bytes);
        return new FrameReader(into -> {
            if (!left.hasRemaining()) {
                return -1;
            }
            int wanted = 1 + random.nextInt(pieceMax);
            int n = Math.min(wanted, Math.min(left.remaining(), into.remaining()));
            into.put(left.slice().limit(n));
            left.position(left.position() + n);
            return n;
        });
    }

    @Test
    void frames_come_out_as_they_went_in_whatever_the_pieces() throws Exception {
        String item = "\"" + "x".repeat(1000) + "\"\n";
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            text.append("{\"op\":\"put\",\"q\":\"a\",\"id\":")
                    .append(i)
                    .append(",\"n\":")
                    .append(i % 7)
                    .append("}\n")
                    .append(item.repeat(i % 7));
        }
        text.append("{\"op\":\"put\",\"id\":500,\"n\":1}\n");
        text.append('"').append("y".repeat(1 << 20)).append("\"\n");
        byte[] bytes = text.toString().getBytes(UTF_8);
        for (int pieceMax : new int[] {7_000, 65_536, 1_000_000}) {
            FrameReader reader = reader(bytes, pieceMax, 42);
            for (int i = 0; i < 500; i++) {
                Header header = Objects.requireNonNull(reader.header());
                assertThat(header.id()).isEqualTo(i);
                Lines payload = Objects.requireNonNull(reader.payload(header.count(10)));
                assertThat(new String(payload.bytes(), UTF_8)).isEqualTo(item.repeat(i % 7));
            }
            assertThat(Objects.requireNonNull(reader.header()).id()).isEqualTo(500);
            assertThat(Objects.requireNonNull(reader.payload(1)).lengthMax())
                    .isEqualTo((1 << 20) + 2);
            assertThat(reader.header()).isNull();
        }
    }

    @Test
    void an_unfinished_frame_at_the_end_is_nothing() throws Exception {
        FrameReader reader = reader("{\"op\":\"put\",\"n\":2}\n1\n2".getBytes(UTF_8), 100, 1);
        assertThat(reader.header()).isNotNull();
        assertThat(reader.payload(2)).isNull();
        assertThat(reader("{\"op\":".getBytes(UTF_8), 100, 1).header()).isNull();
    }

    @Test
    void a_payload_without_end_is_refused_before_it_fills_the_heap() {
        assertThatThrownBy(() -> new FrameReader(FrameReaderTest::fill).payload(1))
                .isInstanceOf(ProtocolViolation.class)
                .hasMessageContaining("2097152");
        assertThatThrownBy(() -> new FrameReader(FrameReaderTest::fill).header())
                .isInstanceOf(ProtocolViolation.class)
                .hasMessageContaining("65536");
    }

    private static int fill(ByteBuffer into) {
        int n = into.remaining();
        into.put(new byte[n]);
        return n;
    }
}
