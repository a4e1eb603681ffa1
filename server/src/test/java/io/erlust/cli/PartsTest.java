package io.erlust.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erlust.json.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** The parts commands are made of, each alone. */
final class PartsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            'done': 40                                                       | 40
            'done': 40, 'total': null, 'rate': 0.0                           | 40  0/s
            'done': 4, 'total': null, 'rate': 0.33                           | 4  0.3/s
            'done': 40, 'total': 100, 'rate': null                           | 40%  40/100
            'done': 29, 'total': 100, 'rate': 12.5, 'left_ms': 5680 | 29%  29/100  13/s  5.7 s left
            'done': 1, 'total': 9007199254740992, 'rate': 1.0 | 0%  1/9,007,199,254,740,992  1.0/s
            """)
    void progress_is_what_the_server_says(String said, String shown) {
        String job = "{\"progress\": {" + said.replace('\'', '"') + "}}";
        assertThat(Progress.of(Json.parse(job)).show(0).strip()).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 10, [..........]   0%",
        "5, 10, [====>.....]  50%",
        "10, 10, [==========] 100%",
        "30, 10, [==========] 100%"
    })
    void a_bar_never_leaves_its_width(long done, long total, String bar) {
        Progress progress = new Progress(
                done, OptionalLong.of(total), OptionalDouble.empty(), Optional.empty());
        assertThat(progress.show(10)).startsWith(bar);
    }

    @Test
    void a_stream_is_cut_into_whole_lines_with_their_numbers() throws IOException {
        LineBatches batches = batches("1\r\n\n22\n\n\n333");
        LineBatches.Batch all = batches.next().orElseThrow();
        assertThat(new String(all.bytes(), StandardCharsets.UTF_8)).isEqualTo("1\n22\n333\n");
        assertThat(all.lines()).isEqualTo(3);
        assertThat(all.firstLine()).isEqualTo(1);
        assertThat(all.lastLine()).isEqualTo(6);
        assertThat(batches.next()).isEmpty();
        assertThat(batches("\n\n").next()).isEmpty();
    }

    @Test
    void a_line_without_end_is_refused_before_it_fills_the_memory() {
        LineBatches batches = batches("x".repeat(LineBatches.LINE_BYTES_MAX + 1));
        assertThatThrownBy(batches::next)
                .hasMessageContaining("line 1")
                .hasMessageContaining("NDJSON");
    }

    @Test
    void events_are_read_by_the_standard() throws IOException {
        EventStream events = new EventStream(
                in(": hi\n\nevent: state\nid: 7\ndata:a\ndata:  b\n\nretry: 5\ndata\n\ndata: cut"));
        assertThat(events.next()).contains(new EventStream.Event("7", "state", "a\n b"));
        assertThat(events.next()).contains(new EventStream.Event("7", "message", ""));
        assertThat(events.next()).isEmpty();
        assertThat(events.lastId()).contains("7");
    }

    @Test
    void the_admin_token_of_this_machine_is_never_sent_elsewhere(@TempDir Path data)
            throws IOException {
        Files.writeString(data.resolve("admin.token"), "s3cret\n");
        URI here = URI.create("http://127.0.0.1:4370/");
        assertThat(Token.ofDataDirectory(here, data).value()).contains("s3cret");
        for (String url : new String[] {"http://10.0.0.1:4370/", "https://127.0.0.1.example/"}) {
            assertThat(Token.ofDataDirectory(URI.create(url), data).value()).isEmpty();
        }
        assertThat(Token.ofDataDirectory(here, data.resolve("gone")).hint()).contains("no token");
    }

    @Test
    void the_data_directory_is_named_or_the_users_own() {
        assertThat(DataDirectory.standard(Map.of(), "/u"))
                .isEqualTo(Path.of("/u/.local/share/erlust"));
        assertThat(DataDirectory.standard(Map.of("XDG_DATA_HOME", "/x"), "/u"))
                .isEqualTo(Path.of("/x/erlust"));
        assertThat(DataDirectory.standard(Map.of("XDG_DATA_HOME", "relative"), "/u"))
                .isEqualTo(Path.of("/u/.local/share/erlust"));
        assertThat(DataDirectory.standard(Map.of("ERLUST_DATA", "/d", "XDG_DATA_HOME", "/x"), "/u"))
                .isEqualTo(Path.of("/d"));
    }

    @ParameterizedTest
    @CsvSource({"30s, PT30S", "5m, PT5M", "2h, PT2H", "1d, P1D", "PT1H30M, PT1H30M"})
    void times_are_made_iso_8601(String typed, String iso) {
        assertThat(TimeText.iso(typed)).isEqualTo(iso);
    }

    @Test
    void a_while_is_made_milliseconds() {
        assertThat(TimeText.millis("2m")).isEqualTo(120_000);
        assertThat(TimeText.millis("PT0.5S")).isEqualTo(500);
        assertThatThrownBy(() -> TimeText.millis("P1X")).hasMessageContaining("got P1X");
    }

    @ParameterizedTest
    @CsvSource({
        "-PT1S, now",
        "PT0.4S, in 0 s",
        "PT99S, in 99 s",
        "PT5M, in 5 min",
        "PT2H59M50S, in 3 h",
        "P3D, in 3 days"
    })
    void a_time_to_come_is_told_in_one_unit(Duration left, String shown) {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        assertThat(WaitingText.in(now, now.plus(left))).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'kind': 'manual'} | erlust start 1",
                "{'kind': 'paused'} | erlust resume 1",
                "{'kind': 'after', 'jobs': ['a', 'b'], 'on': 'completed'} | the end of a, b",
                "{'kind': 'after', 'jobs': ['a', 'b'], 'on': 'failed'} | a failure of a, b",
                "{'kind': 'nodes', 'needed': 4, 'free': 1, 'place': 3, 'behind': 'wide'}"
                        + " | place 3 in the line: 4 nodes, 1 free; behind wide",
                "{'kind': 'nodes', 'needed': 1, 'free': 0, 'place': null}"
                        + " | its turn, far back in the line: 1 node, 0 free"
            })
    void what_a_job_waits_for_is_said_in_words(String waiting, String words) {
        String job = "{\"id\": \"1\", \"waiting_for\": " + waiting.replace('\'', '"') + "}";
        assertThat(WaitingText.of(Json.parse(job), Instant.EPOCH)).isEqualTo(words);
    }

    @Test
    void a_time_that_is_waited_for_is_said_with_how_far_it_is() {
        Instant now = Instant.parse("2026-12-24T15:00:00Z");
        String time = "{\"waiting_for\": {\"kind\": \"time\", \"at\": \"2026-12-24T18:00:00Z\"}}";
        assertThat(WaitingText.of(Json.parse(time), now))
                .matches("its time, 2026-12-2\\d \\d\\d:\\d0:00 \\(in 3 h\\)");
        String retry = "{\"waiting_for\": {\"kind\": \"retry\", \"at\": \"2026-12-24T15:00:08Z\","
                + " \"attempt\": 2, \"of\": 3}}";
        assertThat(WaitingText.of(Json.parse(retry), now))
                .startsWith("attempt 2 of 3, at 2026-")
                .endsWith(" (in 8 s)");
    }

    @ParameterizedTest
    @CsvSource({"24 80, 80", "50 132, 132", "0 0, 80", "'', 80", "x, 80", "24 5, 80"})
    void the_width_of_the_terminal_is_what_stty_says(String size, int columns) {
        assertThat(Terminal.columns(size)).isEqualTo(columns);
    }

    @ParameterizedTest
    @CsvSource({"PT0.05S, 0.1 s", "PT59.94S, 59.9 s", "PT65S, 1:05 min", "PT3H2M1S, 3:02:01 h"})
    void durations_are_short(Duration duration, String shown) {
        assertThat(JobText.duration(duration)).isEqualTo(shown);
    }

    @Test
    void a_cell_can_neither_break_its_row_nor_command_the_terminal() {
        assertThat(Table.clean("a\nb\u001b[2J\u009b")).isEqualTo("a b?[2J?");
    }

    @Test
    void parts_of_a_path_are_encoded() {
        assertThat(ApiPath.of("v1", "a/b c", "é").with("q", "1&2").text())
                .isEqualTo("/v1/a%2Fb%20c/%C3%A9?q=1%262");
    }

    private static LineBatches batches(String text) {
        return new LineBatches(in(text));
    }

    private static ByteArrayInputStream in(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
