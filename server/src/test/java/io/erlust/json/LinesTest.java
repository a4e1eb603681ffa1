package io.erlust.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

class LinesTest {
    private static Lines split(String text) {
        return Lines.split(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(byte[] line) {
        return new String(line, StandardCharsets.UTF_8);
    }

    @Test
    void a_block_is_split_at_its_newlines() {
        Lines lines = split("1\n\"é\"\n{}\n");
        assertThat(lines.count()).isEqualTo(3);
        assertThat(text(lines.line(1))).isEqualTo("\"é\"");
        assertThat(lines.lengthMax()).isEqualTo(4);
    }

    @Test
    void a_slice_is_a_block_of_its_own() {
        Lines slice = split("1\n22\n333\n4444\n").slice(1, 3);
        assertThat(slice.count()).isEqualTo(2);
        assertThat(text(slice.bytes())).isEqualTo("22\n333\n");
        assertThat(text(slice.line(1))).isEqualTo("333");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1\n",
                "null\n{\"a\":[1,{\"b\":\"c\"}]}\n-1.5e3\n",
                " 1 \n\ttrue\t\n",
                "\"\\ud800\"\n"
            })
    void well_formed_lines_pass(String block) {
        assertThatCode(split(block)::check).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1 2\n",
                "{\"a\":\n1}\n",
                "\n",
                "1\n\n2\n",
                "{\"a\":1\n",
                "nul\n",
                "NaN\n",
                "01\n",
                "'a'\n",
                "[1,]\n",
                "1\n2 3\n4\n",
                "// comment\n1\n",
                "\"\u0001\"\n",
                "{}{}\n",
                "\uFEFF1\n2\n3 4\n"
            })
    void anything_else_is_refused(String block) {
        assertThatThrownBy(split(block)::check)
                .isInstanceOf(InvalidJson.class)
                .hasMessageStartingWith("line ");
    }

    @Test
    void broken_utf8_is_refused() {
        byte[] block = {'"', (byte) 0xC3, (byte) 0x28, '"', '\n'};
        assertThatThrownBy(Lines.split(block)::check).isInstanceOf(InvalidJson.class);
    }

    @Test
    void nesting_past_the_limit_is_refused() {
        assertThatThrownBy(split("[".repeat(100_000) + "]".repeat(100_000) + "\n")::check)
                .isInstanceOf(InvalidJson.class);
    }

    @Test
    void the_error_names_the_line() {
        assertThatThrownBy(split("1\n2\nx\n")::check).hasMessageStartingWith("line 3:");
    }
}
