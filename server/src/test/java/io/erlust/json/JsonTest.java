package io.erlust.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class JsonTest {
    @Test
    void two_values_are_refused() {
        assertThatThrownBy(() -> Json.parse("1\n2"))
                .isInstanceOf(InvalidJson.class)
                .hasMessage("expected one JSON value, got two (line 2, column 1)");
    }

    @Test
    void a_text_whose_tree_would_be_far_larger_than_itself_is_refused() {
        String numbers = "1,".repeat(Json.TOKENS_MAX - 3);
        assertThat(Json.parse("[" + numbers + "1]").size()).isEqualTo(Json.TOKENS_MAX - 2);
        assertThatThrownBy(() -> Json.parse("[" + numbers + "1,1]"))
                .isInstanceOf(InvalidJson.class)
                .hasMessageContaining("exceeds the maximum allowed (1000000)");
    }
}
