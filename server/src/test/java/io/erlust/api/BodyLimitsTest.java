package io.erlust.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.api.http.ApiConfig;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Bodies that are too long, too slow, or of the wrong kind. */
class BodyLimitsTest {
    private static final int BODY_MAX = 16 << 20;

    @TempDir
    static Path data;

    private static ApiFixture api;

    @BeforeAll
    static void start() throws Exception {
        ApiConfig base = ApiConfig.loopback(0);
        api = new ApiFixture(
                data,
                new ApiConfig(
                        base.address(),
                        0,
                        List.of(),
                        false,
                        base.headerBytesMax(),
                        base.bodyBytesMax(),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(1),
                        Duration.ofMillis(500),
                        base.connectionsMax(),
                        base.streamsMax()));
    }

    @AfterAll
    static void stop() throws Exception {
        api.close();
    }

    private static String head(String path, String... fields) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost:" + api.port()
                + "\r\nAuthorization: Bearer " + ApiFixture.TOKEN
                + "\r\n" + String.join("\r\n", fields) + "\r\n\r\n";
    }

    @Test
    void a_body_that_says_it_is_too_long_is_refused_before_it_is_sent() throws Exception {
        String answer = RawHttp.exchange(
                api.port(),
                head(
                        "/v1/jobs",
                        "Content-Type: application/json",
                        "Content-Length: " + (BODY_MAX + 1)));
        assertThat(RawHttp.status(answer)).isEqualTo(413);
        assertThat(answer).contains("\"limit_bytes\":16777216").contains("Connection: close");
    }

    @Test
    void a_body_without_a_length_is_refused_where_it_passes_the_limit() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port())) {
            socket.setSoTimeout(20_000);
            OutputStream out = socket.getOutputStream();
            out.write(ascii(head(
                    "/v1/jobs", "Content-Type: application/json", "Transfer-Encoding: chunked")));
            byte[] chunk = ascii("100000\r\n" + " ".repeat(1 << 20) + "\r\n");
            for (int i = 0; i < 20; i++) {
                out.write(chunk);
            }
            out.write(ascii("0\r\n\r\n"));
            String answer = RawHttp.readAll(socket.getInputStream());
            assertThat(RawHttp.status(answer)).isEqualTo(413);
            assertThat(answer).contains("urn:erlust:problem:body-too-large");
        }
    }

    @Test
    void lines_longer_than_a_block_among_short_ones_keep_their_order() throws Exception {
        int count = 24;
        byte[] lines = IntStream.range(0, count)
                .mapToObj(n -> "[" + n + ",\"" + "a".repeat(n % 3 * 150_000) + "\"]\n")
                .collect(Collectors.joining())
                .getBytes(StandardCharsets.UTF_8);
        var put = api.post("/v1/queues/mixed/items", "application/x-ndjson", lines);
        assertThat(ApiFixture.json(put).path("accepted").intValue()).isEqualTo(count);
        int next = 0;
        while (next < count) {
            var got = api.post("/v1/queues/mixed/receive", "{\"max\": 1000}");
            for (var item : ApiFixture.json(got).path("items").values()) {
                assertThat(item.path("item").get(0).intValue()).isEqualTo(next++);
            }
        }
    }

    @Test
    void a_large_body_within_the_limit_is_read() throws Exception {
        String padded = ApiFixture.submission("large") + " ".repeat(BODY_MAX - 1000);
        assertThat(api.post("/v1/jobs", padded).statusCode()).isEqualTo(202);
    }

    @Test
    void an_item_over_its_limit_is_413_and_one_at_the_limit_is_not() throws Exception {
        int max = 1 << 20;
        String atLimit = '"' + "a".repeat(max - 2) + '"';
        assertThat(api.post("/v1/queues/big/items", atLimit).statusCode()).isEqualTo(202);
        var over = api.post("/v1/queues/big/items", atLimit + " ");
        assertThat(over.statusCode()).isEqualTo(413);
        assertThat(ApiFixture.problem(over)).isEqualTo("item-too-large");
        byte[] lines = (atLimit + "\n1\n" + atLimit + " \n2\n").getBytes(StandardCharsets.UTF_8);
        var stream = api.post("/v1/queues/big/items", "application/x-ndjson", lines);
        assertThat(stream.statusCode()).isEqualTo(413);
        assertThat(ApiFixture.json(stream).path("line").intValue()).isEqualTo(3);
        assertThat(ApiFixture.json(stream).path("accepted").intValue()).isEqualTo(2);
    }

    @Test
    void a_body_that_stops_coming_is_408() throws Exception {
        String answer = RawHttp.exchange(
                api.port(),
                head("/v1/jobs", "Content-Type: application/json", "Content-Length: 100") + "{");
        assertThat(RawHttp.status(answer)).isEqualTo(408);
        assertThat(answer).contains("urn:erlust:problem:body-timeout");
    }

    @Test
    void a_body_that_trickles_is_408() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port())) {
            socket.setSoTimeout(100);
            OutputStream out = socket.getOutputStream();
            out.write(ascii(
                    head("/v1/jobs", "Content-Type: application/json", "Content-Length: 100")));
            String answer = "";
            for (int i = 0; i < 90 && answer.isEmpty(); i++) {
                out.write(' ');
                out.flush();
                answer = answerWithin(socket);
            }
            assertThat(RawHttp.status(answer)).isEqualTo(408);
        }
    }

    private static String answerWithin(Socket socket) throws Exception {
        try {
            return RawHttp.readAll(socket.getInputStream());
        } catch (java.net.SocketTimeoutException e) {
            return ""; // not answered yet
        }
    }

    @Test
    void a_request_that_waits_longer_than_an_idle_connection_may_is_not_cut() throws Exception {
        api.submit("idle");
        var answer = api.get("/v1/jobs/idle/results?wait=4");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void other_content_types_are_415() throws Exception {
        for (String type : List.of(
                "text/plain",
                "application/x-www-form-urlencoded",
                "application/jsonx",
                "application/json;charset=latin1",
                "application/vnd.api+json")) {
            var answer = api.post("/v1/jobs", type, ascii("{}"));
            assertThat(answer.statusCode()).as(type).isEqualTo(415);
            assertThat(ApiFixture.problem(answer)).isEqualTo("unsupported-media-type");
        }
        String none = RawHttp.exchange(
                api.port(), head("/v1/jobs", "Content-Length: 2", "Connection: close") + "{}");
        assertThat(RawHttp.status(none)).isEqualTo(415);
        String gzip = RawHttp.exchange(
                api.port(),
                head(
                                "/v1/jobs",
                                "Content-Length: 2",
                                "Connection: close",
                                "Content-Type: application/json",
                                "Content-Encoding: gzip")
                        + "{}");
        assertThat(RawHttp.status(gzip)).isEqualTo(415);
        assertThat(api.post("/v1/jobs", "Application/JSON; charset=\"UTF-8\"", ascii("{}"))
                        .statusCode())
                .isEqualTo(422);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
