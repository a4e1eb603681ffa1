package io.erlust.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Watching a job that has several runs: attempts, and a schedule. */
final class FollowTest {
    private static final String JOB = "GET /v1/jobs/1";
    private static final String RUNS = "GET /v1/jobs/1/runs";

    private final StubApi api;

    FollowTest() throws Exception {
        api = new StubApi();
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private CommandRun follow(String... command) {
        String[] all = new String[command.length + 3];
        System.arraycopy(command, 0, all, 0, command.length);
        all[command.length] = "--follow";
        all[command.length + 1] = "--url";
        all[command.length + 2] = api.url();
        return CommandRun.of(all);
    }

    private static String job(int run, int attempt, String state, String more) {
        return """
                {"id": "1", "run": %d, "attempt": %d, "job_attempts": 3, "state": "%s", %s
                 "started_at": "2026-01-01T00:00:00Z", "ended_at": "2026-01-01T00:00:02Z",
                 "nodes": [{"rank": 0, "items": 4}],
                 "results": %d}""".formatted(run, attempt, state, more, run);
    }

    private static String retrying(int run, int attempt) {
        return job(run, attempt, "scheduled", """
                "reason": "attempt %d of 3 failed: exit 3\\nand more",
                "waiting_for": {"kind": "retry", "at": "2020-01-01T00:00:00Z", "attempt": %d,
                "of": 3},""".formatted(attempt - 1, attempt));
    }

    private static String due(int run) {
        return job(
                run,
                1,
                "scheduled",
                "\"waiting_for\": {\"kind\": \"time\", \"at\": \"2020-01-01T00:00:00Z\"},");
    }

    @Test
    void a_job_that_is_retried_is_watched_until_it_has_really_ended() {
        api.on(JOB, 200, job(1, 1, "running", ""))
                .on(JOB, 200, retrying(2, 2))
                .on(JOB, 200, job(2, 2, "running", ""))
                .on(JOB, 200, job(2, 2, "completed", ""));
        CommandRun run = follow("job", "1");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo("job 1: completed after 2.0 s, 4 items, 2 results\n");
        assertThat(run.err())
                .contains("job 1: running\n")
                .contains("job 1: attempt 1 of 3 failed: exit 3\n")
                .contains("job 1: scheduled, waiting for attempt 2 of 3, at ")
                .doesNotContain("and more")
                .doesNotContain("goes on");
    }

    @Test
    void attempts_that_pass_between_two_looks_are_not_taken_for_the_end() {
        api.on(JOB, 200, job(1, 1, "running", ""))
                .on(JOB, 200, job(3, 3, "failed", ""))
                .on(RUNS, 200, "{\"runs\": [" + job(2, 2, "failed", "") + "]}");
        CommandRun run = follow("job", "1");
        assertThat(run.exitCode()).isEqualTo(ExitCode.JOB_FAILED);
        assertThat(run.out()).isEqualTo("job 1: failed after 2.0 s, 4 items, 3 results\n");
        assertThat(api.lines()).contains(RUNS + "?after=3&limit=1");
    }

    @Test
    void of_a_recurring_job_the_run_is_watched_and_the_job_goes_on() {
        api.on(JOB, 200, due(3))
                .on(JOB, 200, job(3, 1, "running", ""))
                .on(JOB, 200, due(4))
                .on(
                        RUNS,
                        200,
                        "{\"runs\": [" + job(3, 1, "failed", "\"reason\": \"exit 3\",") + "]}");
        CommandRun run = follow("job", "1");
        assertThat(run.exitCode()).isEqualTo(ExitCode.JOB_FAILED);
        assertThat(run.out()).isEqualTo("job 1, run 3: failed after 2.0 s, 4 items, 3 results\n");
        assertThat(run.err())
                .contains("job 1: scheduled, waiting for its time, ")
                .contains("  exit 3\n")
                .contains("  its output: erlust logs 1 --run 3\n")
                .contains("  the job goes on: scheduled, waiting for its time, ");
    }

    @Test
    void the_run_that_a_verb_began_is_watched_even_when_it_has_ended_before_the_first_look() {
        api.on("POST /v1/jobs/1/start", 202, job(3, 1, "available", ""))
                .on(JOB, 200, due(4))
                .on(RUNS, 200, "{\"runs\": [" + job(3, 1, "completed", "") + "]}");
        CommandRun run = follow("start", "1");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .isEqualTo("job 1: available\n"
                        + "job 1, run 3: completed after 2.0 s, 4 items, 3 results\n");
    }

    @Test
    void results_are_those_of_the_run_and_of_its_attempts() {
        api.on(JOB, 200, job(3, 1, "running", ""))
                .on(JOB, 200, retrying(4, 2))
                .on(JOB, 200, due(5))
                .on("GET /v1/jobs/1/results", 200, "{\"seq\": 1, \"value\": \"a\"}\n")
                .on("GET /v1/jobs/1/results", 200, "")
                .on("GET /v1/jobs/1/results", 200, "")
                .on("GET /v1/jobs/1/results", 200, "{\"seq\": 1, \"value\": \"b\"}\n")
                .on("GET /v1/jobs/1/results", 200, "");
        assertThat(follow("results", "1", "--values").out()).isEqualTo("\"a\"\n\"b\"\n");
        assertThat(api.lines())
                .contains(
                        "GET /v1/jobs/1/results?run=3&after=1&limit=1000",
                        "GET /v1/jobs/1/results?run=4&wait=30&after=0&limit=1000");
    }

    @Test
    void logs_are_those_of_the_run_and_of_its_attempts() {
        String logs = "GET /v1/jobs/1/logs";
        api.on(JOB, 200, job(3, 1, "running", ""))
                .on(JOB, 200, retrying(4, 2))
                .on(JOB, 200, retrying(4, 2))
                .on(JOB, 200, due(5))
                .on(logs, 200, "id: 3\ndata: a\n\n")
                .on(logs, 200, "id: 3\n\n")
                .on(logs, 200, "id: 4\ndata: b\n\n")
                .on(logs, 200, "id: 4\n\n");
        assertThat(follow("logs", "1").out()).isEqualTo("a\nb\n");
        assertThat(api.lines()).contains(logs + "?follow=true&run=3", logs + "?follow=true&run=4");
    }
}
