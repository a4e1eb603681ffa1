package io.erlust.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.api.http.Route;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Who gets in: every route, with every method, in every spelling. */
class GuardTest {
    private static final List<String> METHODS =
            List.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW");
    private static final String AUTH = "Authorization: Bearer " + ApiFixture.TOKEN;

    @TempDir
    static Path data;

    private static ApiFixture api;

    @BeforeAll
    static void start() throws Exception {
        api = new ApiFixture(data);
    }

    @AfterAll
    static void stop() throws Exception {
        api.close();
    }

    private static String path(Route route) {
        return route.template().replace("{id}", "1").replace("{name}", "q").replace("{seq}", "1");
    }

    private static String host() {
        return "Host: 127.0.0.1:" + api.port();
    }

    @Test
    void without_a_token_nothing_but_the_probes_answers_whatever_the_method() throws Exception {
        for (Route route : api.server.routes()) {
            for (String method : METHODS) {
                String answer =
                        RawHttp.send(api.port(), method + " " + path(route) + " HTTP/1.1", host());
                boolean isProbe =
                        route.isPublic() && (method.equals("GET") || method.equals("HEAD"));
                assertThat(RawHttp.status(answer))
                        .as(method + " " + route.template())
                        .isEqualTo(isProbe ? 200 : 401);
                if (!isProbe && !method.equals("HEAD")) {
                    assertThat(answer).contains("urn:erlust:problem:unauthorized");
                    assertThat(answer).contains("WWW-Authenticate: Bearer");
                }
            }
        }
    }

    @Test
    void no_spelling_of_a_path_slips_past_the_guard() throws Exception {
        List<String> spellings = new ArrayList<>();
        for (String path : List.of("/v1/info", "/v1/jobs", "/v1/jobs/1/cancel", "/metrics")) {
            spellings.addAll(List.of(
                    path + "/",
                    path + "//",
                    "/" + path,
                    path + ";x",
                    path + ";x=/livez",
                    path + "/.",
                    path + "/..",
                    path + "/../livez",
                    "/livez/.." + path,
                    "/livez/..;" + path,
                    "/livez" + path,
                    "/livez;" + path,
                    "/livez%2f.." + path,
                    "/livez%00" + path,
                    "/livez/%2e%2e" + path,
                    path + "%2f",
                    path + "%20",
                    path + "/livez",
                    path + ".json",
                    path.toUpperCase(java.util.Locale.ROOT),
                    path.replace("/v1", "/V1").replace("/metrics", "/Metrics"),
                    path.replace("/", "%2F"),
                    path.replace("/", "\\"),
                    "http://127.0.0.1:" + api.port() + path));
        }
        for (String spelling : spellings) {
            String bare = RawHttp.send(api.port(), "GET " + spelling + " HTTP/1.1", host());
            assertThat(RawHttp.status(bare)).as("without a token: " + spelling).isIn(400, 401);
            assertThat(bare).doesNotContain("uptime_s").doesNotContain("\"jobs\"");
            boolean isAbsolute = spelling.startsWith("http");
            String known = RawHttp.send(api.port(), "GET " + spelling + " HTTP/1.1", host(), AUTH);
            if (!isAbsolute) {
                assertThat(RawHttp.status(known))
                        .as("with a token: " + spelling)
                        .isIn(400, 404);
            }
        }
    }

    @Test
    void only_the_very_token_opens() throws Exception {
        for (String field : List.of(
                "Authorization: Bearer",
                "Authorization: Bearer ",
                "Authorization: Bearer x",
                "Authorization: Basic " + ApiFixture.TOKEN,
                "Authorization: " + ApiFixture.TOKEN,
                "Authorization: Bearer " + ApiFixture.TOKEN + "A",
                "Authorization: Bearer " + ApiFixture.TOKEN.substring(1),
                "Authorization: Bearer " + ApiFixture.TOKEN.toLowerCase(java.util.Locale.ROOT),
                "Cookie: token=" + ApiFixture.TOKEN,
                AUTH + "\r\n" + AUTH)) {
            String answer = RawHttp.send(api.port(), "GET /v1/info HTTP/1.1", host(), field);
            assertThat(RawHttp.status(answer)).as(field).isEqualTo(401);
        }
        assertThat(RawHttp.status(RawHttp.send(
                        api.port(),
                        "GET /v1/info?token=" + ApiFixture.TOKEN + " HTTP/1.1",
                        host())))
                .isEqualTo(401);
        for (String field : List.of(AUTH, AUTH.replace("Bearer", "bearer"))) {
            assertThat(RawHttp.status(
                            RawHttp.send(api.port(), "GET /v1/info HTTP/1.1", host(), field)))
                    .isEqualTo(200);
        }
    }

    @Test
    void a_foreign_host_is_refused_on_every_route_and_method() throws Exception {
        for (String host : List.of(
                "evil.example",
                "evil.example:" + api.port(),
                "127.0.0.1.evil.example:" + api.port(),
                "localhost.:" + api.port(),
                "localhost:1",
                "localhost",
                "127.0.0.2:" + api.port(),
                "[::2]:" + api.port())) {
            for (String line : List.of(
                    "GET /livez", "GET /v1/info", "DELETE /v1/queues/q/items", "POST /v1/jobs")) {
                String answer = RawHttp.send(api.port(), line + " HTTP/1.1", "Host: " + host, AUTH);
                assertThat(RawHttp.status(answer)).as(line + " " + host).isEqualTo(403);
                assertThat(answer).contains("urn:erlust:problem:foreign-host");
            }
        }
        for (String host : List.of("localhost:", "LOCALHOST:", "127.0.0.1:", "[::1]:")) {
            String answer =
                    RawHttp.send(api.port(), "GET /livez HTTP/1.1", "Host: " + host + api.port());
            assertThat(RawHttp.status(answer)).as(host).isEqualTo(200);
        }
        assertThat(RawHttp.status(RawHttp.send(api.port(), "GET /livez HTTP/1.0")))
                .isEqualTo(403);
    }

    @Test
    void a_web_page_of_another_origin_is_refused() throws Exception {
        String own = "http://127.0.0.1:" + api.port();
        for (String field : List.of(
                "Origin: https://evil.example",
                "Origin: null",
                "Origin: http://127.0.0.1:1",
                "Origin: " + own + ".evil.example",
                "Sec-Fetch-Site: cross-site",
                "Sec-Fetch-Site: same-site")) {
            String answer = RawHttp.send(api.port(), "POST /v1/jobs HTTP/1.1", host(), AUTH, field);
            assertThat(RawHttp.status(answer)).as(field).isEqualTo(403);
            assertThat(answer).contains("urn:erlust:problem:foreign-origin");
        }
        for (String field :
                List.of("Origin: " + own, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none")) {
            String answer = RawHttp.send(api.port(), "GET /v1/info HTTP/1.1", host(), AUTH, field);
            assertThat(RawHttp.status(answer)).as(field).isEqualTo(200);
        }
    }

    @Test
    void with_a_token_an_unknown_path_is_404_and_a_wrong_method_405_with_the_right_ones()
            throws Exception {
        assertThat(ApiFixture.problem(api.get("/v1/nothing"))).isEqualTo("unknown-route");
        assertThat(ApiFixture.problem(api.get("/v1/jobs/a%20b"))).isEqualTo("unknown-route");
        var answer = api.delete("/v1/jobs");
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow")).contains("GET, HEAD, POST");
    }

    @Test
    void what_is_not_http_is_answered_with_a_problem() throws Exception {
        for (String bytes : List.of(
                "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "GET /\u0001 HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET / HTTP/1.1\r\n" + host() + "\r\nX: " + "a".repeat(20_000) + "\r\n\r\n",
                "GET /" + "a".repeat(20_000) + " HTTP/1.1\r\n" + host() + "\r\n\r\n",
                "POST /v1/jobs HTTP/1.1\r\n" + host() + "\r\nContent-Length: 1\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n",
                "POST /v1/jobs HTTP/1.1\r\n" + host()
                        + "\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                "\u0016\u0003\u0001 nonsense\r\n\r\n")) {
            String answer = RawHttp.exchange(api.port(), bytes);
            String shown = bytes.substring(0, Math.min(60, bytes.length()));
            assertThat(RawHttp.status(answer)).as(shown).isIn(400, 414, 431);
            assertThat(answer)
                    .as(shown)
                    .contains("application/problem+json")
                    .contains("urn:erlust:problem:");
        }
    }
}
