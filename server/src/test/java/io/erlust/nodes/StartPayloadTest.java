package io.erlust.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.erlust.json.Json;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;

class StartPayloadTest {
    /** What a node gets whose first frame this is. */
    private static String sent(int rank, StartPayload payload) {
        Outbound outbound = new Outbound();
        outbound.add(
                new Outbound.Start(Outbound.control(Json.object().put("rank", rank)), payload));
        outbound.ok(7);
        outbound.finish();
        ByteArrayOutputStream sink = new ByteArrayOutputStream();
        new FrameWriter(outbound, bytes -> {
                    byte[] part = new byte[bytes.remaining()];
                    bytes.get(part);
                    sink.writeBytes(part);
                })
                .run();
        return sink.toString(UTF_8);
    }

    @Test
    void two_nodes_get_the_lines_of_one_payload_each_behind_its_own_header() {
        StartPayload payload = StartPayload.of("print(\"ä\")\nx", "[1,\n\r\n\"ö\"]");
        String lines = "[1,   \"ö\"]\n\"print(\\\"ä\\\")\\nx\"\n{\"op\":\"ok\",\"id\":7}\n";
        assertThat(sent(0, payload)).isEqualTo("{\"rank\":0}\n" + lines);
        assertThat(sent(1, payload)).isEqualTo("{\"rank\":1}\n" + lines);
    }

    @Test
    void a_payload_larger_than_the_buffer_of_the_writer_is_sent_whole() {
        String source = "\"".repeat(1 << 20) + "€";
        String args = "\"" + "\\n".repeat(1 << 20) + "\"";
        assertThat(sent(0, StartPayload.of(source, args)))
                .isEqualTo("{\"rank\":0}\n" + args + "\n\"" + "\\\"".repeat(1 << 20)
                        + "€\"\n{\"op\":\"ok\",\"id\":7}\n");
    }
}
