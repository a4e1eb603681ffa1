package io.erlust.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobState;
import io.erlust.jobs.spec.JobSpecReader;
import io.erlust.json.Json;
import io.erlust.supervision.FakeNodes.FakeNode;
import io.erlust.time.WallClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Running jobs are in memory with their sources and args. */
class LargeProgramsTest {
    private final RunnerFixture fixture = new RunnerFixture(WallClock.system());

    @AfterEach
    void close() throws InterruptedException {
        fixture.close();
    }

    /** Two of these are 30 Mi characters. */
    private void submitLarge(String id) {
        JobSpecReader reader = new JobSpecReader(Set.of("python"), 4, WallClock.system());
        fixture.jobs.submit(reader.read(Json.object()
                .put("id", id)
                .put("source", "x".repeat(8 << 20))
                .put("args", "y".repeat(7 << 20))));
    }

    /** The states that jobs came to since they were submitted. */
    private Stream<JobState> changes() {
        return fixture.seen.all().stream()
                .filter(JobEvent.StateChanged.class::isInstance)
                .map(event -> ((JobEvent.StateChanged) event).changed().state())
                .filter(state -> state != JobState.AVAILABLE);
    }

    @Test
    void a_job_whose_program_finds_no_room_waits_for_another_to_end_and_is_not_overtaken()
            throws Exception {
        submitLarge("a");
        submitLarge("b");
        submitLarge("c");
        fixture.submit("small");
        fixture.runner.start();
        FakeNode first = fixture.nodes.next();
        assertThat(List.of(first.name(), fixture.nodes.next().name()))
                .containsExactlyInAnyOrder("a/0", "b/0");
        assertThat(fixture.nodes.none()).isTrue();
        first.finish();
        assertThat(List.of(fixture.nodes.next().name(), fixture.nodes.next().name()))
                .containsExactlyInAnyOrder("c/0", "small/0");
        assertThat(changes())
                .containsExactly(
                        JobState.RUNNING,
                        JobState.RUNNING,
                        JobState.COMPLETED,
                        JobState.RUNNING,
                        JobState.RUNNING);
    }
}
