package io.erlust.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobState;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

class LogsApiTest {
    private ApiFixture api;
    private Job job;

    @BeforeEach
    void start(@TempDir Path data) throws Exception {
        api = new ApiFixture(data);
        api.post(
                "/v1/jobs",
                ApiFixture.submission("1").replace("\"num_of_nodes\":\"1\"", "\"num_of_nodes\":2"));
        job = api.jobs.get(new io.erlust.jobs.spec.JobId("1")).orElseThrow();
    }

    @AfterEach
    void stop() throws Exception {
        api.close();
    }

    private void print(int rank, String text) throws Exception {
        Path file = api.data.resolve("jobs/" + job.serial() + "/run-1/node-" + rank + ".log");
        Files.createDirectories(file.getParent());
        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Test
    void a_node_s_output_is_plain_text_and_that_of_all_says_whose_it_is() throws Exception {
        print(0, "one\ntwo\n");
        print(1, "<script>\u001b[31mred");
        var one = api.get("/v1/jobs/1/logs?node=0");
        assertThat(one.body()).isEqualTo("one\ntwo\n");
        assertThat(one.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
        assertThat(one.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(api.get("/v1/jobs/1/logs").body())
                .isEqualTo("[0] one\n[0] two\n[1] <script>red\n");
        assertThat(api.get("/v1/jobs/1/logs?node=2").statusCode()).isEqualTo(422);
    }

    @Test
    void a_log_is_followed_to_the_end_of_the_run_and_not_told_twice() throws Exception {
        print(0, "one\ntw");
        api.jobs.move(job.id(), 1, JobState.RUNNING, Optional.empty(), List.of());
        var follower = new AsyncGet(api, "/v1/jobs/1/logs?follow=true&node=0");
        follower.awaitStreams(1);
        api.jobs.move(job.id(), 1, JobState.COMPLETED, Optional.empty(), List.of());
        String body = follower.body();
        assertThat(body).contains("data: one\n").contains("data: tw\n").contains("id: end-");
        String end = body.lines()
                .filter(line -> line.startsWith("id: "))
                .findFirst()
                .orElseThrow()
                .substring(4);
        var again = api.send(api.request("/v1/jobs/1/logs?follow=true&node=0")
                .header("Last-Event-ID", end)
                .GET());
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).doesNotContain("data:");
    }
}
