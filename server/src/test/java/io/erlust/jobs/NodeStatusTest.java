package io.erlust.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

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
    void nodes_stored_by_the_first_release_are_read() {
        String old = "[{\"rank\":0,\"state\":\"ended\",\"pid\":null,\"exit\":\"exit 1\","
                + "\"restarts\":0,\"items\":4,\"progress\":null}]";
        assertThat(NodeJson.read(old).getFirst().exit()).contains("exit 1");
        assertThat(NodeJson.read(old).getFirst().stderr()).isEmpty();
    }
}
