package io.erlust.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;

class JobCommandTest {
    private final StubApi api = new StubApi();

    JobCommandTest() throws IOException {}

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void a_running_job_and_its_nodes_show_how_far_they_are_how_fast_and_the_time_left() {
        api.on("GET /v1/jobs/1", 200, """
                        {"id": "1", "run": 1, "state": "running",
                         "progress": {"done": 12, "total": 40, "rate": 1.5, "left_ms": 18667},
                         "nodes": [
                          {"rank": 0, "state": "running", "progress":
                           {"done": 12, "total": 40, "note": "hot", "rate": 1.5, "left_ms": 18667}},
                          {"rank": 1, "state": "running", "progress": null}]}
                        """);
        assertThat(CommandRun.of("job", "1", "--url", api.url()).out())
                .contains("progress     30%  12/40  1.5/s  18.7 s left\n")
                .containsPattern("0 +running.* 30%  12/40  1.5/s  18.7 s left  hot\n")
                .containsPattern("1 +running +0 +0 *\n");
    }

    @Test
    void a_recurring_job_shows_its_attempt_priority_schedule_and_times() {
        api.on("GET /v1/jobs/1", 200, """
                        {"id": "1", "run": 3, "attempt": 2, "job_attempts": 5, "priority": -7,
                         "state": "scheduled", "paused": true,
                         "when": {"cron": "30 2 * * *", "timezone": "Europe/Athens",
                          "overlap": "queue", "catch_up": false},
                         "waiting_for": {"kind": "paused"},
                         "due_at": "2020-01-01T00:00:00Z", "expires_at": "2020-01-02T00:00:00Z"}
                        """);
        assertThat(CommandRun.of("job", "1", "--url", api.url()).out())
                .contains("job          1, run 3, attempt 2 of 5\n")
                .contains("state        scheduled, paused\n")
                .contains("waiting for  erlust resume 1\n")
                .contains("schedule     30 2 * * * in Europe/Athens, overlap queue, no catch-up\n")
                .containsPattern("due          20[-\\d]+ [\\d:]+ \\(now\\)\n")
                .containsPattern("expires      20[-\\d]+ [\\d:]+ \\(now\\)\n")
                .contains("priority     -7\n");
    }

    @Test
    void a_node_that_ended_badly_shows_its_reason_and_its_last_lines() {
        api.on("GET /v1/jobs/1", 200, """
                        {"id": "1", "run": 1, "state": "failed", "isolation": "bubblewrap",
                         "nodes": [
                          {"rank": 0, "state": "ended", "exit": "normal", "stderr": null},
                          {"rank": 1, "state": "ended", "exit": "out_of_memory",
                           "stderr": "loading\\n\\u001b[2Jbig \\u0007data\\n"}]}
                        """);
        CommandRun run = CommandRun.of("job", "1", "--url", api.url());
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("isolation    bubblewrap")
                .containsPattern("1 +ended.* out_of_memory")
                .endsWith("""

                        node 1, out_of_memory, wrote last:
                          loading
                          ?[2Jbig ?data
                        """)
                .doesNotContain("node 0,");
    }
}
