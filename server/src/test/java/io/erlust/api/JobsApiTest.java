package io.erlust.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobState;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

class JobsApiTest {
    private ApiFixture api;

    @BeforeEach
    void start(@TempDir Path data) throws Exception {
        api = new ApiFixture(data);
    }

    @AfterEach
    void stop() throws Exception {
        api.close();
    }

    @Test
    void a_submitted_job_is_accepted_and_its_location_shows_it() throws Exception {
        var accepted = api.post("/v1/jobs", ApiFixture.submission("1"));
        assertThat(accepted.statusCode()).isEqualTo(202);
        String location = accepted.headers().firstValue("Location").orElseThrow();
        assertThat(location).isEqualTo("/v1/jobs/1");
        JsonNode job = ApiFixture.json(api.get(location));
        assertThat(job.path("state").stringValue()).isEqualTo("available");
        assertThat(job.path("num_of_nodes").intValue()).isEqualTo(1);
        assertThat(job.path("waiting_for").path("kind").stringValue()).isEqualTo("nodes");
    }

    @Test
    void the_same_job_again_is_200_and_another_one_of_that_id_is_409() throws Exception {
        api.post("/v1/jobs", ApiFixture.submission("1"));
        assertThat(api.post("/v1/jobs", ApiFixture.submission("1")).statusCode())
                .isEqualTo(200);
        var other = api.post("/v1/jobs", ApiFixture.submission("1").replace("pass", "x()"));
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(ApiFixture.problem(other)).isEqualTo("job-conflict");
    }

    @Test
    void a_bad_field_is_named_with_its_pointer() throws Exception {
        var bad = api.post(
                "/v1/jobs", ApiFixture.submission("1").replace("\"1\",\"source", "\"0\",\"source"));
        assertThat(bad.statusCode()).isEqualTo(422);
        assertThat(bad.headers().firstValue("Content-Type")).contains("application/problem+json");
        JsonNode problem = ApiFixture.json(bad);
        assertThat(problem.path("pointer").stringValue()).isEqualTo("/job/num_of_nodes");
        assertThat(problem.path("expected").stringValue()).contains("1 to");
        assertThat(problem.path("got").stringValue()).contains("0");
    }

    @Test
    void a_callback_into_our_own_network_is_refused_at_submission() throws Exception {
        String body = ApiFixture.submission("1")
                .replace(
                        "\"language\"",
                        "\"callback_url\":\"https://10.0.0.1/x\","
                                + "\"security_hash\":\"s\",\"language\"");
        var bad = api.post("/v1/jobs", body);
        assertThat(bad.statusCode()).isEqualTo(422);
        assertThat(ApiFixture.json(bad).path("pointer").stringValue())
                .isEqualTo("/job/callback_url");
    }

    @Test
    void jobs_are_listed_newest_first_in_pages() throws Exception {
        for (String id : List.of("a", "b", "c")) {
            api.submit(id);
        }
        JsonNode first = ApiFixture.json(api.get("/v1/jobs?limit=2"));
        assertThat(ids(first)).containsExactly("c", "b");
        String next = first.path("next").stringValue();
        JsonNode second = ApiFixture.json(api.get("/v1/jobs?limit=2&after=" + next));
        assertThat(ids(second)).containsExactly("a");
        assertThat(second.path("next").isNull()).isTrue();
        assertThat(ids(ApiFixture.json(api.get("/v1/jobs?state=running")))).isEmpty();
    }

    private static List<String> ids(JsonNode page) {
        return page.path("jobs").values().stream()
                .map(job -> job.path("id").stringValue())
                .toList();
    }

    @Test
    void parameters_out_of_bounds_are_named() throws Exception {
        for (String query : List.of(
                "limit=0",
                "limit=1001",
                "limit=x",
                "limit=-1",
                "limit=",
                "limit=1&limit=2",
                "after=-1",
                "state=running2",
                "label==x",
                "nonsense=1",
                "limit=99999999999999999999")) {
            var answer = api.get("/v1/jobs?" + query);
            assertThat(answer.statusCode()).as(query).isEqualTo(422);
            String name = query.substring(0, query.indexOf('='));
            assertThat(ApiFixture.json(answer).path("parameter").stringValue()).isEqualTo(name);
        }
    }

    @Test
    void a_job_is_cancelled_and_run_again() throws Exception {
        api.submit("1");
        assertThat(api.post("/v1/jobs/1/retry").statusCode()).isEqualTo(409);
        var cancelled = api.post("/v1/jobs/1/cancel");
        assertThat(cancelled.statusCode()).isEqualTo(202);
        assertThat(ApiFixture.json(cancelled).path("state").stringValue()).isEqualTo("cancelled");
        JsonNode again = ApiFixture.json(api.post("/v1/jobs/1/retry"));
        assertThat(again.path("run").intValue()).isEqualTo(2);
        assertThat(api.post("/v1/jobs/1/start").statusCode()).isEqualTo(202);
        assertThat(api.post("/v1/jobs/1/cancel").statusCode()).isEqualTo(202);
        var start = api.post("/v1/jobs/1/start");
        assertThat(start.statusCode()).isEqualTo(409);
        assertThat(ApiFixture.problem(start)).isEqualTo("state-conflict");
    }

    @Test
    void what_does_not_exist_is_404() throws Exception {
        for (String path : List.of(
                "/v1/jobs/none",
                "/v1/jobs/none/results",
                "/v1/jobs/none/events",
                "/v1/jobs/none/logs",
                "/v1/jobs/none/callbacks",
                "/v1/jobs/a..b",
                "/v1/jobs/-a")) {
            var answer = api.get(path);
            assertThat(answer.statusCode()).as(path).isEqualTo(404);
            assertThat(ApiFixture.problem(answer)).as(path).isEqualTo("job-not-found");
        }
        api.submit("1");
        assertThat(ApiFixture.problem(api.get("/v1/jobs/1/results?run=2")))
                .isEqualTo("run-not-found");
        assertThat(ApiFixture.problem(api.post("/v1/jobs/1/callbacks/7/retry")))
                .isEqualTo("callback-not-found");
    }

    @Test
    void results_come_in_order_one_a_line() throws Exception {
        Job job = api.submit("1");
        api.emit(job, "1", "{\"a\":[2]}", "\"drei\"");
        var page = api.get("/v1/jobs/1/results?limit=2");
        assertThat(page.headers().firstValue("Content-Type")).contains("application/x-ndjson");
        assertThat(page.headers().firstValue("Erlust-Complete")).contains("false");
        List<String> lines = page.body().lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(1)).contains("\"seq\":2").contains("\"value\":{\"a\":[2]}");
        assertThat(api.get("/v1/jobs/1/results?after=2").body()).contains("drei");
    }

    @Test
    void a_thousand_results_are_read_in_chunks_without_a_gap() throws Exception {
        Job job = api.submit("1");
        String[] values = new String[1000];
        for (int i = 0; i < values.length; i++) {
            values[i] = Integer.toString(i);
        }
        api.emit(job, values);
        List<String> lines =
                api.get("/v1/jobs/1/results?limit=1000").body().lines().toList();
        assertThat(lines).hasSize(1000);
        for (int i = 0; i < lines.size(); i++) {
            assertThat(lines.get(i))
                    .startsWith("{\"seq\":" + (i + 1) + ",")
                    .endsWith("\"value\":" + i + "}");
        }
    }

    @Test
    void a_long_poll_ends_with_the_first_result() throws Exception {
        Job job = api.submit("1");
        var waiting = new AsyncGet(api, "/v1/jobs/1/results?wait=30");
        waiting.awaitStreams(1);
        api.emit(job, "1");
        assertThat(waiting.body()).contains("\"value\":1");
    }

    @Test
    void a_long_poll_ends_with_the_job() throws Exception {
        Job job = api.submit("1");
        var waiting = new AsyncGet(api, "/v1/jobs/1/results?wait=30");
        waiting.awaitStreams(1);
        api.jobs.move(job.id(), 1, JobState.RUNNING, Optional.empty(), List.of());
        api.jobs.move(job.id(), 1, JobState.COMPLETED, Optional.empty(), List.of());
        assertThat(waiting.body()).isEmpty();
        assertThat(waiting.header("Erlust-Complete")).isEqualTo("true");
    }

    @Test
    void a_run_whose_record_is_gone_never_was() throws Exception {
        Job job = api.submit("1");
        for (int i = 0; i < 2; i++) {
            api.emit(job, "1", "2");
            api.jobs.move(job.id(), job.run(), JobState.RUNNING, Optional.empty(), List.of());
            api.jobs.move(job.id(), job.run(), JobState.COMPLETED, Optional.empty(), List.of());
            job = api.jobs.retry(job.id());
        }
        api.database.write(tx -> tx.execute("DELETE FROM job_run WHERE run = 1"));
        for (String what : List.of("results", "logs")) {
            var pruned = api.get("/v1/jobs/1/" + what + "?run=1");
            assertThat(pruned.statusCode()).isEqualTo(404);
            assertThat(ApiFixture.problem(pruned)).isEqualTo("run-not-found");
            assertThat(api.get("/v1/jobs/1/" + what + "?run=2").statusCode()).isEqualTo(200);
        }
    }
}
