package io.erlust.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobState;
import io.erlust.jobs.NodeStatus;
import io.erlust.jobs.Specs;
import io.erlust.jobs.spec.JobId;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

class JobEventsApiTest {
    private ApiFixture api;
    private Job job;

    @BeforeEach
    void start(@TempDir Path data) throws Exception {
        api = new ApiFixture(data);
        job = api.submit("1");
    }

    @AfterEach
    void stop() throws Exception {
        api.close();
    }

    private void move(JobState to) {
        api.jobs.move(job.id(), 1, to, Optional.empty(), List.of());
    }

    private void progress(int rank, long done) {
        NodeStatus.Progress progress =
                new NodeStatus.Progress(done, java.util.OptionalLong.of(100), Optional.empty());
        api.events.publish(
                new JobEvent.NodeChanged(job.id(), 1, NodeStatus.starting(rank).at(progress)));
    }

    private static List<String> find(String body, String regex) {
        return Pattern.compile(regex)
                .matcher(body)
                .results()
                .map((MatchResult found) -> found.group(1))
                .toList();
    }

    private static List<String> names(String body) {
        return find(body, "event: (\\w+)");
    }

    @Test
    void a_follower_sees_everything_from_the_present_state_to_the_end() throws Exception {
        var follower = new AsyncGet(api, "/v1/jobs/1/events");
        follower.awaitStreams(1);
        move(JobState.RUNNING);
        progress(0, 10);
        api.emit(job, "1");
        move(JobState.COMPLETED);
        String body = follower.body();
        assertThat(follower.header("Content-Type")).isEqualTo("text/event-stream");
        assertThat(names(body)).startsWith("state").endsWith("state").contains("node", "results");
        assertThat(find(body, "\"state\":\"(available|running|completed)\""))
                .containsExactly("available", "running", "completed");
        assertThat(find(body, "id: life-([0-9]+)")).isSorted();
    }

    @Test
    void a_job_that_has_ended_answers_its_state_and_then_204_to_who_has_seen_it() throws Exception {
        api.jobs.cancel(job.id());
        var first = api.get("/v1/jobs/1/events");
        assertThat(names(first.body())).containsExactly("state");
        String id = find(first.body(), "id: (\\S+)").getLast();
        var again = api.send(
                api.request("/v1/jobs/1/events").header("Last-Event-ID", id).GET());
        assertThat(again.statusCode()).isEqualTo(204);
    }

    @Test
    void who_comes_back_gets_what_it_missed_and_nothing_twice() throws Exception {
        move(JobState.RUNNING);
        api.jobs.cancel(job.id());
        move(JobState.CANCELLED);
        var all = api.send(api.request("/v1/jobs/1/events")
                .header("Last-Event-ID", "life-1")
                .GET());
        assertThat(names(all.body())).containsExactly("state", "cancel_requested", "state");
        assertThat(all.body()).contains("\"state\":\"cancelled\"").doesNotContain("gap");
    }

    @Test
    void the_stream_of_a_recurring_job_ends_with_its_run_though_the_next_is_scheduled()
            throws Exception {
        JobId daily = new JobId("daily");
        api.jobs.submit(Specs.spec("daily", "'when': {'cron': '0 0 1 1 *'}"));
        api.jobs.start(daily);
        for (JobState to : List.of(JobState.RUNNING, JobState.COMPLETED)) {
            api.jobs.move(daily, 1, to, Optional.empty(), List.of());
        }
        var all = api.send(api.request("/v1/jobs/daily/events")
                .header("Last-Event-ID", "life-2")
                .GET());
        assertThat(find(all.body(), "\"state\":\"(\\w+)\"")).endsWith("completed");
        assertThat(all.body()).doesNotContain("\"run\":2");
    }

    @Test
    void what_was_forgotten_is_told_as_a_gap_and_then_the_present_state() throws Exception {
        for (int i = 0; i <= EventRing.EVENTS_MAX; i++) {
            api.events.publish(new JobEvent.CancelRequested(job.id(), "why"));
        }
        api.jobs.cancel(job.id());
        for (String lastId : List.of("life-1", "another-life-7", "nonsense", "life-", "-1")) {
            var answer = api.send(api.request("/v1/jobs/1/events")
                    .header("Last-Event-ID", lastId)
                    .GET());
            assertThat(names(answer.body())).as(lastId).containsExactly("gap", "state");
        }
    }

    @Test
    void of_progress_only_the_latest_is_kept() throws Exception {
        move(JobState.RUNNING);
        for (int done = 0; done < 10_000; done++) {
            progress(done % 4, done);
        }
        move(JobState.COMPLETED);
        var answer = api.send(api.request("/v1/jobs/1/events")
                .header("Last-Event-ID", "life-1")
                .GET());
        assertThat(names(answer.body()))
                .containsExactly("state", "node", "node", "node", "node", "state");
        assertThat(find(answer.body(), "\"done\":([0-9]+)"))
                .containsExactly("9996", "9997", "9998", "9999");
    }

    @Test
    void stopping_ends_the_streams() throws Exception {
        var follower = new AsyncGet(api, "/v1/jobs/1/events");
        follower.awaitStreams(1);
        api.server.quiet();
        assertThat(names(follower.body())).containsExactly("state");
        assertThat(api.get("/readyz").statusCode()).isEqualTo(503);
    }
}
