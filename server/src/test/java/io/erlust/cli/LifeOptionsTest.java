package io.erlust.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.json.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;

/** The options of {@code submit} that say when a job runs and how often. */
final class LifeOptionsTest {
    private final StubApi api;

    LifeOptionsTest() throws Exception {
        api = new StubApi();
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private CommandRun submit(String... options) {
        List<String> all = new ArrayList<>(List.of("submit", "-", "--url", api.url()));
        all.addAll(List.of(options));
        return CommandRun.withInput("pass", all.toArray(String[]::new));
    }

    private JsonNode sent(String... options) {
        api.on("POST /v1/jobs", 202, "{\"id\": \"1\", \"state\": \"scheduled\"}");
        assertThat(submit(options).exitCode()).isZero();
        return Json.parse(api.requests.getLast().body()).path("job");
    }

    @ParameterizedTest
    @CsvSource({
        "now, now",
        "manual, manual",
        "5m, PT5M",
        "1d, P1D",
        "PT1H30M, PT1H30M",
        "2026-12-24T18:00:00+02:00, 2026-12-24T18:00:00+02:00"
    })
    void when_is_a_word_a_time_or_a_while(String typed, String sent) {
        assertThat(sent("--when", typed).path("when").stringValue()).isEqualTo(sent);
    }

    @Test
    void when_can_be_json() {
        String json = "{\"after\": [\"a\"], \"on\": \"failed\"}";
        assertThat(sent("--when", json).path("when")).isEqualTo(Json.parse(json));
    }

    @Test
    void a_schedule_has_its_zone_overlap_and_catch_up() {
        assertThat(sent("--cron", "30 2 * * *").path("when"))
                .isEqualTo(Json.parse("{\"cron\": \"30 2 * * *\"}"));
        JsonNode all = sent(
                "--cron",
                "@daily",
                "--timezone",
                "Europe/Athens",
                "--overlap",
                "queue",
                "--no-catch-up");
        assertThat(all.path("when"))
                .isEqualTo(Json.parse("{\"cron\": \"@daily\", \"timezone\": \"Europe/Athens\","
                        + " \"overlap\": \"queue\", \"catch_up\": false}"));
    }

    @Test
    void jobs_to_run_after_are_repeated_or_listed_with_the_end_they_need() {
        JsonNode expected = Json.parse("{\"after\": [\"a\", \"b\"], \"on\": \"finished\"}");
        assertThat(sent("--after", "a", "--after", "b", "--on", "finished").path("when"))
                .isEqualTo(expected);
        assertThat(sent("--after", "a,b", "--on", "finished").path("when")).isEqualTo(expected);
    }

    @Test
    void expiry_attempts_and_priority_are_fields_of_the_job() {
        JsonNode job =
                sent("--expires", "2h", "--attempts", "3", "--backoff", "1m", "--priority", "-5");
        assertThat(job.path("expires_at").stringValue()).isEqualTo("PT2H");
        assertThat(job.path("job_attempts").intValue()).isEqualTo(3);
        assertThat(job.path("job_backoff_ms").intValue()).isEqualTo(60_000);
        assertThat(job.path("priority").intValue()).isEqualTo(-5);
    }

    @ParameterizedTest
    @CsvSource({
        "--when=now, --cron=@daily, expected one of them",
        "--after=a, --cron=@daily, expected one of them",
        "--when=now, --after=a, expected one of them",
        "--timezone=UTC, --priority=1, expected --cron",
        "--no-catch-up, --when=now, expected --cron",
        "--on=failed, --when=now, expected --after",
        "--backoff=soon, --attempts=2, got soon"
    })
    void options_that_make_no_sense_together_are_not_sent(String one, String other, String said) {
        CommandRun run = submit(one, other);
        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains(said);
        assertThat(api.requests).isEmpty();
    }

    @Test
    void what_it_waits_for_is_said() {
        api.on("POST /v1/jobs", 202, """
                {"id": "1", "state": "scheduled",
                 "waiting_for": {"kind": "time", "at": "2020-01-01T00:00:00Z"}}""");
        CommandRun run = submit("--when", "2020-01-01T00:00:00Z");
        assertThat(run.out()).isEqualTo("job 1: scheduled\n");
        assertThat(run.err()).contains("waits for:     its time, 20").contains("(now)");
    }
}
