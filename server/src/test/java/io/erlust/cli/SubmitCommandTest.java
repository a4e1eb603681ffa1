package io.erlust.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.json.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import tools.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.nio.file.Path;

/** {@code submit}: the body it makes of a file and options, and how it follows. */
final class SubmitCommandTest {
    private static final String ACCEPTED = "{\"id\": \"1\", \"state\": \"available\"}";

    private final StubApi api;

    SubmitCommandTest() throws Exception {
        api = new StubApi();
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void a_program_becomes_a_job_with_all_options(@TempDir Path directory) throws Exception {
        Path program = Files.writeString(directory.resolve("a.py"), "print('é')\n");
        api.on("POST /v1/jobs", 202, ACCEPTED);
        CommandRun run = CommandRun.of(
                "submit",
                program.toString(),
                "--url",
                api.url(),
                "--id",
                "1",
                "--nodes",
                "4",
                "--queue",
                "q",
                "--args",
                "{\"a\": [1]}",
                "--env",
                "A=1",
                "--env",
                "B=2=3",
                "--callback",
                "https://app.example/x",
                "--secret",
                "s",
                "--label",
                "team=x",
                "--timeout",
                "5m",
                "--after",
                "x",
                "--after",
                "y");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo("job 1: available\n");
        JsonNode expected = Json.parse("""
                        {"job": {"language": "python", "source": "print('é')\\n", "id": "1",
                         "num_of_nodes": 4, "queue": "q", "args": {"a": [1]},
                         "callback_url": "https://app.example/x", "security_hash": "s",
                         "timeout": "PT5M", "env": {"A": "1", "B": "2=3"}, "labels": {"team": "x"},
                         "when": {"after": ["x", "y"]}}}""");
        assertThat(Json.parse(api.requests.getFirst().body())).isEqualTo(expected);
    }

    @Test
    void a_json_job_is_sent_as_it_is_and_options_win() {
        api.on("POST /v1/jobs", 200, ACCEPTED);
        String job = "{\"job\": {\"id\": \"1\", \"num_of_nodes\": \"4\", \"source\": \"x\"}}";
        CommandRun.withInput(job, "submit", "-", "--url", api.url(), "--id", "2");
        assertThat(Json.parse(api.requests.getFirst().body()))
                .isEqualTo(Json.parse(job.replace("\"1\"", "\"2\"")));
    }

    @Test
    void a_program_from_stdin_is_python() {
        api.on("POST /v1/jobs", 200, ACCEPTED);
        CommandRun.withInput("node.emit(1)", "submit", "-", "--url", api.url());
        JsonNode job = Json.parse(api.requests.getFirst().body()).path("job");
        assertThat(job.path("language").stringValue()).isEqualTo("python");
        assertThat(job.path("source").stringValue()).isEqualTo("node.emit(1)");
    }

    @Test
    void a_file_of_jobs_is_submitted_in_blocks_of_lines(@TempDir Path directory) throws Exception {
        String line = "{\"source\": \"x\"}\n";
        Path file = Files.writeString(
                directory.resolve("jobs.ndjson"), line.repeat(LineBatches.LINES + 2));
        api.on("POST /v1/jobs", 202, "{\"accepted\": 10000, \"existed\": 3, \"jobs\": []}")
                .on("POST /v1/jobs", 202, "{\"accepted\": 2, \"existed\": 0, \"jobs\": []}");
        CommandRun run = CommandRun.of("submit", "--bulk", file.toString(), "--url", api.url());
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo("accepted 10002, existed 3\n");
        assertThat(api.requests.getLast().body()).isEqualTo(line.repeat(2));
    }

    @Test
    void a_refused_line_is_named_as_the_file_numbers_it() {
        api.on("POST /v1/jobs", 422, "{\"title\": \"wrong\", \"line\": 2, \"accepted\": 1}");
        CommandRun run = CommandRun.withInput(
                "\n{\"a\":1}\n\n{\"b\":1}\n", "submit", "--bulk", "-", "--url", api.url());
        assertThat(run.exitCode()).isEqualTo(ExitCode.REFUSED);
        assertThat(run.err()).contains("line 4: refused (422): wrong").contains("accepted 1: all");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void what_can_be_seen_to_be_wrong_here_is_not_sent(@TempDir Path directory) throws Exception {
        Path unknown = Files.writeString(directory.resolve("a.xyz"), "?");
        assertThat(submit(unknown.toString()).err()).contains("--language");
        assertThat(submit(directory + "/gone.py").exitCode()).isEqualTo(ExitCode.LOCAL);
        assertThat(submit("-", "--args", "{bad").err()).contains("--args: expected JSON");
        assertThat(submit("-", "--timeout", "soon").err()).contains("got soon");
        assertThat(submit("-", "--when", "now", "--after", "x").exitCode())
                .isEqualTo(ExitCode.USAGE);
        assertThat(submit("-", "--bulk", "--id", "1").err()).contains("--bulk and --id");
        assertThat(api.requests).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"completed, 0", "failed, 1", "cancelled, 1"})
    void following_ends_with_the_state_and_the_exit_code_tells_it(String state, int exitCode) {
        api.on("POST /v1/jobs", 202, ACCEPTED)
                .on("GET /v1/jobs/1", 200, job("available", 0, 0))
                .on("GET /v1/jobs/1", 200, job("running", 0, 40))
                .on("GET /v1/jobs/1", 200, job("running", 1, 60))
                .on("GET /v1/jobs/1", 200, job(state, 1, 100));
        CommandRun run = submit("-", "--follow");
        assertThat(run.exitCode()).isEqualTo(exitCode);
        assertThat(run.out()).isEqualTo("job 1: " + state + " after 2.0 s, 100 items, 7 results\n");
        assertThat(run.err())
                .contains("job 1: available")
                .contains("job 1: running")
                .contains("node 0 died (exit 3) and was started again; restarts: 1")
                .doesNotContain("\u001b");
    }

    @Test
    void on_a_terminal_progress_is_drawn_in_place() {
        api.on("GET /v1/jobs/1", 200, job("running", 0, 40))
                .on("GET /v1/jobs/1", 200, job("completed", 0, 100));
        CommandRun run = CommandRun.onTerminal("job", "1", "--follow", "--url", api.url());
        assertThat(run.err())
                .contains("\r\u001b[K[=======>............]  40%  40/100  8.0/s  7.5 s left");
        assertThat(run.err()).endsWith("\r\u001b[K");
    }

    @Test
    void a_job_that_is_not_there_can_not_be_followed() {
        assertThat(CommandRun.of("job", "1", "--follow", "--url", api.url()).exitCode())
                .isEqualTo(ExitCode.REFUSED);
    }

    private CommandRun submit(String... args) {
        String[] all = new String[args.length + 3];
        all[0] = "submit";
        System.arraycopy(args, 0, all, 1, args.length);
        all[args.length + 1] = "--url";
        all[args.length + 2] = api.url();
        return CommandRun.withInput("pass", all);
    }

    private static String job(String state, int restarts, int items) {
        String job = """
            {"id": "1", "state": "STATE", "queue": "q", "results": 7, "items": ITEMS,
             "reason": null, "started_at": "2026-01-01T00:00:00Z",
             "ended_at": "2026-01-01T00:00:02Z",
             "progress": {"done": ITEMS, "total": 100, "rate": 8.0, "left_ms": 7500},
             "nodes": [{"rank": 0, "items": ITEMS, "restarts": RESTARTS, "exit": "exit 3"}]}""";
        return job.replace("STATE", state)
                .replace("ITEMS", String.valueOf(items))
                .replace("RESTARTS", String.valueOf(restarts));
    }
}
