package io.erlust.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code put}, {@code results} and {@code logs}: what is longer than one answer. */
final class StreamCommandsTest {
    private final StubApi api;

    StreamCommandsTest() throws Exception {
        api = new StubApi();
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void items_are_put_in_batches_and_counted() {
        api.on("POST /v1/queues/q/items", 202, "{\"accepted\": 1}");
        int count = LineBatches.LINES + 5;
        CommandRun run =
                CommandRun.withInput("{\"a\":1}\n\n".repeat(count), "put", "q", "--url", api.url());
        assertThat(run.out()).isEqualTo("accepted 10,005 items into q\n");
        assertThat(api.requests).hasSize(2);
        assertThat(api.requests.getLast().body()).isEqualTo("{\"a\":1}\n".repeat(5));
    }

    @Test
    void items_can_be_given_as_options() {
        api.on("POST /v1/queues/q/items", 202, "{}");
        CommandRun.of("put", "q", "--item", "1", "--item", "\"b,c\"", "--url", api.url());
        assertThat(api.requests.getFirst().body()).isEqualTo("1\n\"b,c\"\n");
    }

    @Test
    void a_full_queue_is_waited_for_as_long_as_it_says() {
        api.on("POST /v1/queues/q/items", new StubApi.Answer(429, "{}", "1"))
                .on("POST /v1/queues/q/items", 202, "{}");
        CommandRun run = CommandRun.withInput("1\n", "put", "q", "--url", api.url());
        assertThat(run.exitCode()).isZero();
        assertThat(api.requests).hasSize(2);
    }

    @Test
    void a_refused_batch_says_which_lines_and_what_came_before() {
        api.on("POST /v1/queues/q/items", 202, "{}")
                .on("POST /v1/queues/q/items", 400, "{\"title\": \"not JSON\"}");
        String input = "1\n".repeat(LineBatches.LINES) + "bad\n";
        CommandRun run = CommandRun.withInput(input, "put", "q", "--url", api.url());
        assertThat(run.exitCode()).isEqualTo(ExitCode.REFUSED);
        assertThat(run.err())
                .contains("not JSON")
                .contains("lines 10001 to 10001 went together and none is stored; the 10000 items");
    }

    @Test
    void results_come_page_by_page_until_an_empty_one() {
        api.on(
                        "GET /v1/jobs/1/results",
                        200,
                        "{\"seq\": 1, \"value\": {\"a\": 1}}\n{\"seq\": 5, \"value\": 2}\n")
                .on("GET /v1/jobs/1/results", 200, "");
        CommandRun run = CommandRun.of("results", "1", "--values", "--url", api.url());
        assertThat(run.out()).isEqualTo("{\"a\":1}\n2\n");
        assertThat(api.lines())
                .containsExactly(
                        "GET /v1/jobs/1/results?after=0&limit=1000",
                        "GET /v1/jobs/1/results?after=5&limit=1000");
    }

    @Test
    void following_results_waits_while_the_job_runs_and_looks_once_more_after_its_end() {
        api.on("GET /v1/jobs/1/results", 200, "")
                .on("GET /v1/jobs/1/results", 200, "")
                .on("GET /v1/jobs/1/results", 200, "{\"seq\": 1, \"value\": 2}\n")
                .on("GET /v1/jobs/1/results", 200, "")
                .on("GET /v1/jobs/1", 200, "{\"state\": \"running\"}")
                .on("GET /v1/jobs/1", 200, "{\"state\": \"running\"}")
                .on("GET /v1/jobs/1", 200, "{\"state\": \"completed\"}");
        CommandRun run = CommandRun.of("results", "1", "--follow", "--url", api.url());
        assertThat(run.out()).isEqualTo("{\"seq\": 1, \"value\": 2}\n");
        assertThat(api.lines().getLast())
                .isEqualTo("GET /v1/jobs/1/results?run=0&after=1&limit=1000");
        assertThat(api.lines().get(1)).contains("&wait=30&");
    }

    @Test
    void logs_are_copied_and_followed_to_the_end() {
        api.on("GET /v1/jobs/1/logs", 200, "hello\n")
                .on("GET /v1/jobs/1/logs", 200, ": hi\n\nid: 3\ndata: a\ndata: b\n\ndata: c\n\n")
                .on("GET /v1/jobs/1", 200, "{\"state\": \"completed\"}");
        assertThat(CommandRun.of("logs", "1", "--node", "2", "--run", "3", "--url", api.url())
                        .out())
                .isEqualTo("hello\n");
        assertThat(api.lines()).containsExactly("GET /v1/jobs/1/logs?node=2&run=3");
        assertThat(CommandRun.of("logs", "1", "--follow", "--url", api.url()).out())
                .isEqualTo("a\nb\nc\n");
    }

    @Test
    void logs_of_no_job_are_refused() {
        CommandRun run = CommandRun.of("logs", "1", "--url", api.url());
        assertThat(run.exitCode()).isEqualTo(ExitCode.REFUSED);
    }
}
