package io.erlust.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;

/** What is true for every command: help, usage errors, no server, refusals, tokens, tables. */
final class CommandsTest {
    private final StubApi api;

    CommandsTest() throws Exception {
        api = new StubApi();
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "serve", "demo", "submit", "jobs", "job", "start", "cancel", "retry", "pause",
                "resume", "runs", "queues", "put", "results", "logs", "config"
            })
    void every_command_has_help_with_examples(String command) {
        CommandRun help = CommandRun.of(command, "--help");
        assertThat(help.exitCode()).isZero();
        assertThat(help.out()).startsWith("Usage: erlust " + command).contains("Examples:");
        assertThat(help.out().lines()).allMatch(line -> line.length() <= 100);
        assertThat(CommandRun.of("--help").out()).contains("\n  " + command + " ");
    }

    @Test
    void the_help_of_the_program_lists_the_exit_codes() {
        assertThat(CommandRun.of("--help").out()).contains("3   no server answered");
    }

    @Test
    void a_usage_error_says_where_the_help_is_and_exits_2() {
        assertThat(CommandRun.of().exitCode()).isEqualTo(ExitCode.USAGE);
        CommandRun wrong = CommandRun.of("qeues");
        assertThat(wrong.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(wrong.err()).contains("erlust queues").contains("erlust --help");
        assertThat(CommandRun.of("jobs", "--limit", "many").err()).contains("erlust jobs --help");
        assertThat(CommandRun.of("jobs", "--url", "nonsense").exitCode()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void no_server_there_says_how_to_start_one_and_exits_3() {
        api.close();
        CommandRun run = CommandRun.of("jobs", "--url", api.url());
        assertThat(run.exitCode()).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(run.err())
                .contains("no server answers at " + api.url())
                .contains("erlust serve");
    }

    @Test
    void a_refusal_is_shown_with_its_reason_and_exits_4() {
        api.on("GET /v1/jobs", 422, """
                {"type": "t", "title": "A parameter is not valid", "pointer": "/state",
                 "expected": "one of a, b", "got": "c\\u001b[2J"}""");
        CommandRun run = CommandRun.of("jobs", "--url", api.url());
        assertThat(run.exitCode()).isEqualTo(ExitCode.REFUSED);
        assertThat(run.err())
                .contains("refused (422): A parameter is not valid")
                .contains("at: /state")
                .contains("expected: one of a, b")
                .contains("got: c");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void an_answer_that_is_not_json_is_not_taken_for_erlust() {
        api.on("GET /v1/jobs", 200, "<html>");
        CommandRun run = CommandRun.of("jobs", "--url", api.url());
        assertThat(run.exitCode()).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(run.err()).contains("not an Erlust server");
    }

    @Test
    void the_token_comes_from_a_file_and_a_refused_one_says_from_where(@TempDir Path directory)
            throws Exception {
        Path file = Files.writeString(directory.resolve("token"), "s3cret\n");
        api.on("GET /v1/jobs", 401, "{\"title\": \"A valid token is missing\"}");
        CommandRun run = CommandRun.of("jobs", "--url", api.url(), "--token-file", file.toString());
        assertThat(api.requests.getFirst().token()).isEqualTo("Bearer s3cret");
        assertThat(run.err()).contains("the token came from " + file);
        assertThat(CommandRun.of("jobs", "--token-file", "gone").exitCode())
                .isEqualTo(ExitCode.LOCAL);
    }

    @Test
    void jobs_are_a_table_for_people_and_json_for_programs() {
        String answer = """
                {"jobs":[{"id":"a","state":"failed","num_of_nodes":2,"reason":"node 1:\\nexit 3",\
                "created_at":"2026-01-01T00:00:00Z","started_at":"2026-01-01T00:00:00Z",\
                "ended_at":"2026-01-01T00:01:05Z"}],"next":"7"}""";
        api.on("GET /v1/jobs", 200, answer);
        CommandRun table = CommandRun.of(
                "jobs", "--url", api.url(), "--state", "failed", "--label", "a=b c", "--label",
                "d");
        assertThat(api.lines())
                .containsExactly("GET /v1/jobs?state=failed&label=a%3Db%20c&label=d");
        assertThat(table.out().lines().toList().get(1))
                .startsWith("a   failed      2  ")
                .endsWith("  1:05 min  node 1: exit 3");
        assertThat(table.err()).contains("--after 7");
        assertThat(CommandRun.of("jobs", "--url", api.url(), "--json").out().strip())
                .isEqualTo(answer);
    }

    @Test
    void jobs_that_wait_say_when_they_are_due() {
        api.on("GET /v1/jobs", 200, """
                {"jobs": [
                  {"id": "a", "state": "scheduled", "num_of_nodes": 2, "paused": false,
                   "due_at": "2020-01-01T00:00:00Z"},
                  {"id": "b", "state": "scheduled", "num_of_nodes": 2, "paused": true,
                   "due_at": "2020-01-01T00:00:00Z"}], "next": null}""");
        assertThat(CommandRun.of("jobs", "--url", api.url()).out())
                .contains("ID  STATE      NODES  DUE     CREATED")
                .contains("a   scheduled      2  now\n")
                .contains("b   scheduled      2  paused\n");
    }

    @Test
    void runs_are_a_table_for_people_and_json_for_programs() {
        String answer = """
                {"runs":[{"run":4,"attempt":1,"state":"scheduled","reason":"run 3 failed",\
                "started_at":null,"ended_at":null,"results":0,"nodes":[]},\
                {"run":3,"attempt":2,"state":"failed","reason":"exit 3",\
                "started_at":"2026-01-01T00:00:00Z","ended_at":"2026-01-01T00:01:05Z",\
                "results":1234,"nodes":[]}],"next":"3"}""";
        api.on("GET /v1/jobs/a/runs", 200, answer);
        CommandRun table = CommandRun.of("runs", "a", "--limit", "2", "--url", api.url());
        assertThat(api.lines()).containsExactly("GET /v1/jobs/a/runs?limit=2");
        assertThat(table.out())
                .contains("RUN  ATTEMPT  STATE      STARTED")
                .containsPattern("  4        1  scheduled +0  run 3 failed\n")
                .containsPattern("  3        2  failed .+  1:05 min    1,234  exit 3\n");
        assertThat(table.err()).contains("more: erlust runs a --after 3");
        assertThat(CommandRun.of("runs", "a", "--after", "3", "--json", "--url", api.url())
                        .out()
                        .strip())
                .isEqualTo(answer);
    }

    @ParameterizedTest
    @CsvSource({"start", "cancel", "retry", "pause", "resume"})
    void a_verb_is_posted_and_the_new_state_is_said(String verb) {
        api.on("POST /v1/jobs/a.b/" + verb, 202, "{\"id\": \"a.b\", \"state\": \"available\"}");
        CommandRun run = CommandRun.of(verb, "a.b", "--url", api.url());
        assertThat(run.out()).isEqualTo("job a.b: available\n");
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void queues_are_a_table() {
        String queue = "{\"name\": \"n\", \"backend\": \"amqp\", \"trouble\": \"no broker\","
                + " \"ready\": 12345, \"in_hand\": 2, \"retrying\": 0, \"dead\": 1}";
        api.on("GET /v1/queues", 200, "{\"queues\": [" + queue + "]}");
        api.on("GET /v1/queues/n", 200, queue);
        CommandRun run = CommandRun.of("queues", "--url", api.url());
        assertThat(run.out()).contains("n      amqp     12,345");
        assertThat(run.err()).isEqualTo("n: no broker\n");
        assertThat(CommandRun.of("queues", "n", "--url", api.url()).out()).contains("12,345");
    }

    @Test
    void a_server_that_cannot_start_says_why(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "in the way");
        CommandRun run = CommandRun.of("serve", "--port", "0", "--data", file.toString());
        assertThat(run.exitCode()).isEqualTo(ExitCode.LOCAL);
        assertThat(run.err()).contains("the server can't start").contains(file.toString());
    }
}
