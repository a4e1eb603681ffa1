package io.erlust.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

class NodeStatusTest {
    private static String kept(String stderr) {
        NodeStatus status = NodeStatus.starting(0).restarting("exit 1", stderr);
        assertThat(NodeJson.read(NodeJson.text(List.of(status)))).containsExactly(status);
        return status.stderr().orElse("nothing");
    }

    @Test
    void the_last_whole_lines_of_stderr_are_kept() {
        assertThat(kept("a\nb\n")).isEqualTo("a\nb");
        assertThat(kept(" \n")).isEqualTo("nothing");
        String line = "x".repeat(99);
        assertThat(kept((line + "\n").repeat(50)))
                .isEqualTo((line + "\n").repeat(10).strip());
        assertThat(kept("first\n" + "y".repeat(1024))).isEqualTo("y".repeat(1024));
    }

    @Test
    void of_one_long_line_the_end_is_kept_without_half_a_character() {
        String kept = kept("é".repeat(5000) + "!");
        assertThat(kept).endsWith("é!").doesNotContain("\uFFFD");
        assertThat(kept.getBytes(StandardCharsets.UTF_8).length).isBetween(1000, 1024);
    }

    @Test
    void a_normal_end_says_nothing_more_and_a_restart_remembers() {
        NodeStatus crashed = NodeStatus.starting(0).restarting("exit 1", "words");
        assertThat(crashed.startedAgain().started(7).running().stderr()).contains("words");
        assertThat(crashed.startedAgain().ended(Optional.of("normal")).stderr()).isEmpty();
        assertThat(crashed.ended(Optional.empty()).stderr()).contains("words");
        assertThat(crashed.ended("killed", "").exit()).contains("killed");
    }

    @Test
    void how_fast_it_is_is_shown_and_never_stored() {
        NodeStatus.Progress said =
                new NodeStatus.Progress(3, OptionalLong.of(10), Optional.of("note"));
        NodeStatus still = NodeStatus.starting(0).started(7).at(said);
        NodeStatus moving = still.withRate(OptionalDouble.of(1.005));
        assertThat(NodeJson.write(moving).path("progress").toString())
                .isEqualTo("{\"done\":3,\"total\":10,\"note\":\"note\",\"rate\":1.0,"
                        + "\"left_ms\":6965}");
        assertThat(NodeJson.write(still).path("progress").toString())
                .endsWith("\"rate\":null,\"left_ms\":null}");
        assertThat(NodeJson.text(List.of(moving)))
                .isEqualTo(NodeJson.text(List.of(still)))
                .doesNotContain("rate", "left_ms");
        assertThat(NodeJson.read(NodeJson.text(List.of(moving)))).containsExactly(still);
    }

    @Test
    void the_time_left_needs_a_total_and_something_that_moves() {
        assertThat(left(OptionalLong.of(10), OptionalDouble.of(2))).contains(Duration.ofSeconds(4));
        assertThat(left(OptionalLong.of(1), OptionalDouble.of(2))).contains(Duration.ZERO);
        assertThat(left(OptionalLong.of(10), OptionalDouble.of(0))).isEmpty();
        assertThat(left(OptionalLong.of(10), OptionalDouble.empty())).isEmpty();
        assertThat(left(OptionalLong.empty(), OptionalDouble.of(2))).isEmpty();
    }

    private static Optional<Duration> left(OptionalLong total, OptionalDouble rate) {
        return new NodeStatus.Progress(2, total, Optional.empty(), rate).left();
    }

    @Test
    void nodes_stored_by_the_first_release_are_read() {
        String old = "[{\"rank\":0,\"state\":\"ended\",\"pid\":null,\"exit\":\"exit 1\","
                + "\"restarts\":0,\"items\":4,\"progress\":null}]";
        assertThat(NodeJson.read(old).getFirst().exit()).contains("exit 1");
        assertThat(NodeJson.read(old).getFirst().stderr()).isEmpty();
    }
}
