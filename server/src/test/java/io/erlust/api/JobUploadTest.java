package io.erlust.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.api.http.ApiConfig;
import io.erlust.jobs.spec.JobId;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import tools.jackson.databind.JsonNode;

import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** {@code POST /v1/jobs} with many jobs, one a line; and one job many times at once. */
class JobUploadTest {
    private static final String NDJSON = "application/x-ndjson";

    private ApiFixture api;

    @BeforeEach
    void start(@TempDir Path data) throws Exception {
        api = new ApiFixture(data);
    }

    @AfterEach
    void stop() throws Exception {
        api.close();
    }

    private static String job(String id, String... members) {
        String more = members.length == 0 ? "" : "," + String.join(",", members);
        return ("{'id':'" + id + "','source':'pass'" + more + "}").replace('\'', '"');
    }

    private static String jobs(String prefix, int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> job(prefix + i) + "\n")
                .collect(Collectors.joining());
    }

    private HttpResponse<String> post(String lines) throws Exception {
        return post(lines.getBytes(StandardCharsets.UTF_8));
    }

    private HttpResponse<String> post(byte[] lines) throws Exception {
        return api.post("/v1/jobs", NDJSON, lines);
    }

    private boolean exists(String id) {
        return api.jobs.get(new JobId(id)).isPresent();
    }

    private void assertRefused(HttpResponse<String> answer, String type, int line) {
        assertThat(ApiFixture.problem(answer)).as(answer.body()).isEqualTo(type);
        assertThat(ApiFixture.json(answer).path("line").intValue()).isEqualTo(line);
        assertThat(ApiFixture.json(answer).path("accepted").intValue()).isEqualTo(line - 1);
    }

    @Test
    void jobs_are_accepted_in_the_order_of_their_lines_wrapped_or_not() throws Exception {
        String wrapped = "{\"job\":" + job("b", "'when':'manual'") + "}";
        var answer = post(job("c") + "\r\n" + wrapped + "\n" + job("a"));
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(answer.body())
                .isEqualTo("{\"accepted\":3,\"existed\":0,\"jobs\":["
                        + "{\"id\":\"c\",\"state\":\"available\"},"
                        + "{\"id\":\"b\",\"state\":\"scheduled\"},"
                        + "{\"id\":\"a\",\"state\":\"available\"}]}");
        assertThat(api.jobs.get(new JobId("a")).orElseThrow().serial())
                .isGreaterThan(api.jobs.get(new JobId("c")).orElseThrow().serial());
    }

    @Test
    void the_same_lines_again_and_the_same_job_twice_are_one_job_each() throws Exception {
        post(jobs("a", 0, 300));
        JsonNode again = ApiFixture.json(post(jobs("a", 0, 301) + job("a300") + "\n"));
        assertThat(again.path("accepted").intValue()).isEqualTo(302);
        assertThat(again.path("existed").intValue()).isEqualTo(301);
        assertThat(api.post("/v1/jobs", job("a7")).statusCode()).isEqualTo(200);
        assertThat(ApiFixture.json(api.get("/v1/jobs?limit=1000")).path("jobs").size())
                .isEqualTo(301);
    }

    @Test
    void nothing_and_no_line_are_no_job() throws Exception {
        assertThat(post("").body()).isEqualTo("{\"accepted\":0,\"existed\":0,\"jobs\":[]}");
        assertRefused(post(job("a") + "\n\n" + job("b") + "\n"), "malformed-json", 2);
        assertRefused(post(" \n"), "malformed-json", 1);
    }

    @Test
    void a_line_may_name_the_jobs_of_lines_before_it_and_of_no_other() throws Exception {
        String lines = jobs("a", 0, 500)
                + job("after", "'when':{'after':['a0','a499']}")
                + "\n"
                + job("linked", "'links':['after']")
                + "\n";
        assertThat(ApiFixture.json(post(lines)).path("accepted").intValue()).isEqualTo(502);
        var early = post(job("x", "'when':{'after':['y']}") + "\n" + job("y") + "\n");
        assertRefused(early, "invalid-field", 1);
        assertThat(ApiFixture.json(early).path("pointer").stringValue()).isEqualTo("/when/after/0");
        assertThat(exists("y")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "200", "201", "999"})
    void nothing_behind_the_first_bad_line_is_stored(int line) throws Exception {
        String good = jobs("a", 0, line - 1);
        String behind = jobs("behind", 0, 500);
        post(job("taken") + "\n");
        assertRefused(post(good + job("taken", "'args':1") + "\n" + behind), "job-conflict", line);
        assertRefused(post(good + job("b", "'nodes':1") + "\n" + behind), "invalid-field", line);
        assertRefused(post(good + job("b") + "x\n" + behind), "malformed-json", line);
        assertRefused(post(good + "[]\n" + behind), "invalid-field", line);
        assertThat(exists("a" + (line - 2))).isEqualTo(line > 1);
        assertThat(exists("b")).isFalse();
        assertThat(exists("behind0")).isFalse();
        assertThat(exists("behind499")).isFalse();
    }

    @Test
    void a_bad_field_is_named_with_its_pointer_and_a_malformed_line_with_its_column()
            throws Exception {
        JsonNode field = ApiFixture.json(
                post(job("a") + "\n{\"job\":" + job("b", "'num_of_nodes':0") + "}\n"));
        assertThat(field.path("pointer").stringValue()).isEqualTo("/job/num_of_nodes");
        JsonNode malformed = ApiFixture.json(post(job("a") + "\n{\"id\":}\n"));
        assertThat(malformed.path("detail").stringValue())
                .startsWith("line 2: ")
                .endsWith("(column 7)");
    }

    @Test
    void a_callback_into_our_own_network_is_refused_with_its_line() throws Exception {
        String bad = job("b", "'callback_url':'http://10.0.0.1/'", "'security_hash':'s'");
        var answer = post(job("a") + "\n" + bad + "\n");
        assertRefused(answer, "invalid-field", 2);
        assertThat(ApiFixture.json(answer).path("pointer").stringValue())
                .isEqualTo("/callback_url");
    }

    @Test
    void broken_utf8_is_refused_with_its_line() throws Exception {
        byte[] broken = (job("a") + "\n" + job("b", "'args':'?'") + "\n" + job("c") + "\n")
                .getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < broken.length; i++) {
            broken[i] = broken[i] == '?' ? (byte) 0xC0 : broken[i];
        }
        assertRefused(post(broken), "malformed-json", 2);
        assertRefused(
                post(job("a") + "\n" + job("b", "'args':'\\ud800'") + "\n"), "malformed-json", 2);
        assertThat(exists("c")).isFalse();
    }

    @Test
    void ten_thousand_jobs_are_taken_and_not_one_more() throws Exception {
        JsonNode answer = ApiFixture.json(post(jobs("a", 0, 10_000)));
        assertThat(answer.path("accepted").intValue()).isEqualTo(10_000);
        assertThat(answer.path("jobs").path(9_999).path("id").stringValue()).isEqualTo("a9999");
        var more = post(jobs("a", 0, 10_002));
        assertRefused(more, "body-too-large", 10_001);
        assertThat(ApiFixture.json(more).path("max").intValue()).isEqualTo(10_000);
        assertThat(exists("a10000")).isFalse();
    }

    @Test
    void a_line_may_be_as_long_as_a_body_and_not_longer() throws Exception {
        int max = ApiConfig.loopback(0).bodyBytesMax();
        int rest = max - job("b", "'args':''").length();
        String longest = job("b", "'args':'" + "x".repeat(rest / 2) + "'");
        String padded = longest + " ".repeat(max - longest.length());
        assertThat(post(job("a") + "\n" + padded + "\n" + job("c") + "\n").statusCode())
                .isEqualTo(202);
        var longer = post(job("d") + "\n" + padded + " \n" + job("e") + "\n");
        assertRefused(longer, "body-too-large", 2);
        assertThat(ApiFixture.json(longer).path("limit_bytes").intValue()).isEqualTo(max);
        assertThat(exists("e")).isFalse();
    }

    @Test
    void lines_of_all_lengths_keep_their_order() throws Exception {
        StringBuilder lines = new StringBuilder();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            ids.add("a" + i);
            lines.append(job("a" + i, "'args':'" + "x".repeat(i * i * i * 20) + "'"))
                    .append('\n');
        }
        JsonNode answer = ApiFixture.json(post(lines.toString()));
        assertThat(answer.path("jobs").values().stream()
                        .map(each -> each.path("id").stringValue())
                        .toList())
                .isEqualTo(ids);
    }

    @Test
    void only_plain_ndjson_is_taken() throws Exception {
        var zipped = api.send(api.request("/v1/jobs")
                .header("Content-Type", NDJSON)
                .header("Content-Encoding", "gzip")
                .POST(java.net.http.HttpRequest.BodyPublishers.ofString(job("a") + "\n")));
        assertThat(zipped.statusCode()).isEqualTo(415);
        assertThat(api.post("/v1/jobs", "text/plain", new byte[] {'{', '}'}).statusCode())
                .isEqualTo(415);
        assertThat(exists("a")).isFalse();
    }

    @Test
    void of_a_stream_that_is_cut_in_a_line_a_prefix_of_its_lines_is_stored() throws Exception {
        String lines = jobs("a", 0, 2000);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(("POST /v1/jobs HTTP/1.1\r\nHost: localhost:" + api.port()
                            + "\r\nAuthorization: Bearer " + ApiFixture.TOKEN
                            + "\r\nContent-Type: " + NDJSON + "\r\nContent-Length: 100000000"
                            + "\r\n\r\n" + lines + "{\"id\":\"cut\",\"sou")
                    .getBytes(StandardCharsets.UTF_8));
            out.flush();
            Awaitility.await().until(() -> exists("a0"));
        }
        assertThat(api.get("/v1/jobs?limit=1").statusCode()).isEqualTo(200);
        long stored = IntStream.range(0, 2000).filter(i -> exists("a" + i)).count();
        assertThat(IntStream.range(0, (int) stored).allMatch(i -> exists("a" + i)))
                .isTrue();
        assertThat(exists("cut")).isFalse();
        JsonNode again = ApiFixture.json(post(lines));
        assertThat(again.path("accepted").intValue()).isEqualTo(2000);
    }

    @Test
    void the_same_id_a_hundred_times_at_once_is_one_job() throws Exception {
        int times = 100;
        CyclicBarrier gate = new CyclicBarrier(times);
        List<Integer> statuses = new ArrayList<>();
        try (var crowd = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < times; i++) {
                answers.add(crowd.submit(() -> {
                    gate.await();
                    return api.post("/v1/jobs", job("one")).statusCode();
                }));
            }
            for (Future<Integer> answer : answers) {
                statuses.add(answer.get());
            }
        }
        assertThat(statuses).containsOnly(200, 202).containsOnlyOnce(202);
        assertThat(ApiFixture.json(api.get("/v1/jobs")).path("jobs").size()).isEqualTo(1);
    }
}
