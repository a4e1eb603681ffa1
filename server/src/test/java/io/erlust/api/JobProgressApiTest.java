package io.erlust.api;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.erlust.jobs.JobState;
import io.erlust.jobs.NodeStatus;
import io.erlust.jobs.NodeStatus.Progress;
import io.erlust.jobs.spec.JobId;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** How far a job is, by what its nodes report or by its items. */
class JobProgressApiTest {
    private ApiFixture api;

    @BeforeEach
    void start(@TempDir Path data) throws Exception {
        api = new ApiFixture(data);
        api.submit("a");
    }

    @AfterEach
    void stop() throws Exception {
        api.close();
    }

    private void move(JobState to, NodeStatus node) {
        api.jobs.move(new JobId("a"), 1, to, Optional.empty(), List.of(node));
    }

    private String progress() throws Exception {
        return ApiFixture.json(api.get("/v1/jobs/a")).path("progress").toString();
    }

    @Test
    void without_reports_it_is_the_items_and_what_the_queue_holds_while_it_runs() throws Exception {
        String nothing = "{\"done\":0,\"total\":null,\"rate\":null,\"left_ms\":null}";
        api.post("/v1/queues/a/items", "application/x-ndjson", "1\n2\n3\n".getBytes(UTF_8));
        assertThat(progress()).isEqualTo(nothing);
        NodeStatus node = NodeStatus.starting(0).started(7).withItems(5);
        move(JobState.RUNNING, node);
        assertThat(progress()).isEqualTo("{\"done\":5,\"total\":8,\"rate\":2.0,\"left_ms\":1500}");
        move(JobState.COMPLETED, node.ended("normal", ""));
        assertThat(progress())
                .isEqualTo("{\"done\":5,\"total\":null,\"rate\":null,\"left_ms\":null}");
    }

    @Test
    void without_a_queue_or_anything_in_it_there_is_no_total() throws Exception {
        move(JobState.RUNNING, NodeStatus.starting(0).started(7));
        String unknown = "{\"done\":0,\"total\":null,\"rate\":2.0,\"left_ms\":null}";
        assertThat(progress()).isEqualTo(unknown);
        api.put("/v1/queues/a", "{}");
        assertThat(progress()).isEqualTo(unknown);
    }

    @Test
    void what_nodes_reported_stays_when_the_job_has_ended() throws Exception {
        NodeStatus node = NodeStatus.starting(0).started(7).at(report(3, 10, 0.5));
        move(JobState.RUNNING, node);
        move(JobState.FAILED, node.ended("exit 1", ""));
        assertThat(progress())
                .isEqualTo("{\"done\":3,\"total\":10,\"rate\":null,\"left_ms\":null}");
    }

    @Test
    void reports_are_added_up_and_a_total_needs_one_of_each() {
        Progress none = new Progress(5, OptionalLong.empty(), Optional.empty());
        Progress two = JobView.sum(List.of(report(1, 10, 0.5), report(3, 20, 2)));
        assertThat(two).isEqualTo(report(4, 30, 2.5));
        assertThat(JobView.sum(List.of(report(1, 10, 0.5), none)))
                .isEqualTo(new Progress(
                        6, OptionalLong.empty(), Optional.empty(), OptionalDouble.of(0.5)));
        assertThat(JobView.sum(List.of(none)).rate()).isEmpty();
        Progress boast = report(Long.MAX_VALUE, Long.MAX_VALUE, 1);
        assertThat(JobView.sum(List.of(boast, boast)).done()).isEqualTo(Long.MAX_VALUE);
    }

    private static Progress report(long done, long total, double rate) {
        return new Progress(
                done, OptionalLong.of(total), Optional.empty(), OptionalDouble.of(rate));
    }
}
