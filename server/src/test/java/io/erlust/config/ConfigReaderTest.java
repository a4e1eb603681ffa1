package io.erlust.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Who wins, what is refused, and in which words. */
final class ConfigReaderTest {
    private static final Setting<Integer> PORT =
            Setting.of("port", Kind.integer(0, 65_535), "4370", "The port.").withFlag("PORT");
    private static final Setting<Path> DATA =
            Setting.unset("data", Kind.path(), "the home", "Where.").onlyInNamedFile();
    private static final Setting<String> URL = Setting.unset(
                    "db-url",
                    Kind.text("a URL", ConfigReaderTest::url),
                    "none",
                    "The database's URL.")
            .hidden();
    private static final Setting<List<String>> NAMES =
            Setting.of("names", Kind.list("a name", Function.identity()), "", "Names.");
    private static final Setting<Duration> FINISHED =
            Setting.of("retention.finished", Kind.duration("1m", "100d"), "30d", "How long.");
    private static final Setting<Long> STORE_MAX =
            Setting.of("retention.store-max", Kind.size("1MiB", "1TiB"), "2GiB", "How much.");
    private static final Settings SETTINGS = new Settings(
            List.of(PORT, DATA, URL, NAMES, FINISHED, STORE_MAX), Set.of("ERLUST_LOG"));

    @TempDir
    private Path directory;

    @Test
    void what_nobody_gave_has_its_default() {
        Values values = read("", Map.of()).orThrow();
        assertThat(values.count()).isZero();
        assertThat(values.get(PORT)).isEqualTo(4370);
        assertThat(values.find(DATA)).isEmpty();
        assertThat(values.get(NAMES)).isEmpty();
        assertThat(values.get(FINISHED)).isEqualTo(Duration.ofDays(30));
        assertThat(values.get(STORE_MAX)).isEqualTo(2L << 30);
    }

    @Test
    void a_file_gives_values_of_every_kind() {
        Values values = read("""
                        port: 8080, data = /d
                        names = [a, "b c"]
                        retention { finished = PT5M, store-max = 512 MiB }
                        db-url = "jdbc:x"
                        """, Map.of()).orThrow();
        assertThat(values.count()).isEqualTo(6);
        assertThat(values.get(PORT)).isEqualTo(8080);
        assertThat(values.get(DATA)).isEqualTo(Path.of("/d"));
        assertThat(values.get(NAMES)).containsExactly("a", "b c");
        assertThat(values.get(FINISHED)).isEqualTo(Duration.ofMinutes(5));
        assertThat(values.get(STORE_MAX)).isEqualTo(512L << 20);
        assertThat(values.get(URL)).isEqualTo("jdbc:x");
    }

    @Test
    void the_environment_wins_over_the_file_and_a_flag_over_both() {
        String file = "port = 1, names = [a], retention.finished = 1d";
        Map<String, String> environment = Map.of(
                "ERLUST_PORT", "2", "ERLUST_NAMES", "b, c,", "ERLUST_RETENTION_FINISHED", "");
        Values values =
                read(file, environment, Given.text("port", "3", "--port")).orThrow();
        assertThat(values.get(PORT)).isEqualTo(3);
        assertThat(values.get(NAMES)).containsExactly("b", "c");
        assertThat(values.get(FINISHED)).as("empty: not set").isEqualTo(Duration.ofDays(1));
        assertThat(read(file, environment).orThrow().get(PORT)).isEqualTo(2);
    }

    @Test
    void a_null_in_the_file_takes_back_what_came_before() {
        assertThat(read("port = 1\nport = null", Map.of()).orThrow().get(PORT)).isEqualTo(4370);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            port = x                   | port: expected INTEGER, got "x"
            port = 65536               | port: expected INTEGER, got "65536"
            port = 1.0                 | port: expected INTEGER, got "1.0"
            port = [1]                 | port: expected INTEGER, got a list
            port { a = 1 }             | port: expected INTEGER, got a group { … }
            retention.finished = 5     | retention.finished: expected DURATION, got "5"
            retention.finished = 59s   | retention.finished: expected DURATION, got "59s"
            retention.store-max = 1GB2 | retention.store-max: expected SIZE, got "1GB2"
            retention = 5              | retention: expected GROUP, got one value
            names = [[a]]              | names: expected a list, each a name, got NO TEXTS
            db-url = "x?password=y"    | db-url: expected a URL, got HIDDEN
            prot = 1                   | prot: UNKNOWN; did you mean port?
            retention.finnished = 1d   | retention.finnished: UNKNOWN; MEAN FINISHED
            finished = 1d              | finished: UNKNOWN; did you mean retention.finished?
            retentoin { finished: 1d } | retentoin: UNKNOWN; did you mean retention?
            retention { x {} }         | retention.x: UNKNOWN; "erlust config doc" lists them
            "db-url" = "jdbc:", "a b"=1| "a b": UNKNOWN; "erlust config doc" lists them
            "retention.finished" = 1d  | "retention.finished": UNKNOWN; MEAN FINISHED
            nonsense = null            | nonsense: UNKNOWN; "erlust config doc" lists them
            """)
    void a_wrong_value_in_the_file_says_where_what_and_got_what(String text, String error) {
        String expected = error.replace("INTEGER", "an integer from 0 to 65535")
                .replace("DURATION", "a duration like 90s, 12h, 30d or PT5M, from 1m to 100d")
                .replace("SIZE", "a size like 512MiB or 2GiB, from 1MiB to 1TiB")
                .replace("GROUP", "a group like retention { … }")
                .replace("NO TEXTS", "a list with something else than texts in it")
                .replace("HIDDEN", "another text (not shown: it may hold a password)")
                .replace("UNKNOWN", "expected a known key")
                .replace("MEAN FINISHED", "did you mean retention.finished?");
        assertThat(read(text, Map.of()).errors())
                .containsExactly(directory.resolve("erlust.conf") + ":1: " + expected);
    }

    @Test
    void all_errors_are_told_in_the_order_of_file_environment_and_flags() {
        List<String> errors = read(
                        "\nport = -1\nprot = 2",
                        Map.of("ERLUST_PORT", "many"),
                        Given.text("port", "3", "--port"),
                        Given.text("port", "4", "--set"),
                        Given.text("poort", "\u001b[2J", "--set"))
                .errors();
        String file = directory.resolve("erlust.conf").toString();
        assertThat(errors)
                .containsExactly(
                        file + ":2: port: expected an integer from 0 to 65535, got \"-1\"",
                        file + ":3: prot: expected a known key; did you mean port?",
                        "ERLUST_PORT: port: expected an integer from 0 to 65535, got \"many\"",
                        "--set: port: expected once, got it by --port too",
                        "--set: poort: expected a known key; did you mean port?");
    }

    @Test
    void variables_that_are_nobodys_are_told() {
        Map<String, String> environment = Map.of(
                "ERLUST_RETENTION_FINNISHED",
                "1d",
                "ERLUST_LOG",
                "debug",
                "OTHER",
                "x",
                "PORT",
                "y");
        assertThat(read("", environment).errors()).isEmpty();
        assertThat(read("", environment).strayVariables())
                .containsExactly("ERLUST_RETENTION_FINNISHED: expected the variable of a known key;"
                        + " did you mean ERLUST_RETENTION_FINISHED?");
    }

    @Test
    void only_a_named_file_says_where_the_data_is() throws IOException {
        Path path = Files.writeString(directory.resolve("erlust.conf"), "data = /elsewhere");
        Optional<ConfigFile> found = ConfigFile.find(Optional.empty(), Map.of(), directory);
        assertThat(ConfigReader.read(SETTINGS, found, Map.of(), List.of()).errors())
                .containsExactly(
                        path + ":1: data: expected only in a file that is named by --config"
                                + " or ERLUST_CONFIG, got it in the one found in the data"
                                + " directory");
        Optional<ConfigFile> named = ConfigFile.find(
                Optional.empty(), Map.of("ERLUST_CONFIG", path.toString()), directory);
        assertThat(ConfigReader.read(SETTINGS, named, Map.of(), List.of())
                        .orThrow()
                        .get(DATA))
                .isEqualTo(Path.of("/elsewhere"));
    }

    @Test
    void the_file_is_the_named_one_or_that_of_the_data_directory() throws IOException {
        Map<String, String> variable = Map.of("ERLUST_CONFIG", "/variable");
        Path flag = Path.of("/flag");
        assertThat(ConfigFile.find(Optional.of(flag), variable, directory))
                .contains(new ConfigFile(flag, true));
        assertThat(ConfigFile.find(Optional.empty(), variable, directory))
                .contains(new ConfigFile(Path.of("/variable"), true));
        assertThat(ConfigFile.find(Optional.empty(), Map.of("ERLUST_CONFIG", ""), directory))
                .isEmpty();
        Path link = Files.createSymbolicLink(directory.resolve("erlust.conf"), Path.of("gone"));
        assertThat(ConfigFile.find(Optional.empty(), Map.of(), directory))
                .as("a link to nowhere is an error, not passed over")
                .contains(new ConfigFile(link, false));
    }

    @ParameterizedTest
    @CsvSource({
        "90s, PT90S",
        "1500ms, PT1.5S",
        "12h, PT12H",
        "30 d, P30D",
        "PT5M, PT5M",
        "P1D, PT24H",
        "5, ",
        "s, ",
        "-5s, ",
        "5S, ",
        "1.5h, ",
        "P1Y, ",
        "9999999999999999999d, ",
        "P, "
    })
    void durations_have_a_unit(String text, Duration read) {
        assertThat(Units.duration(text)).isEqualTo(Optional.ofNullable(read));
    }

    @ParameterizedTest
    @CsvSource({
        "1B, 1",
        "2KiB, 2048",
        "3 MiB, 3145728",
        "1GiB, 1073741824",
        "1TiB, 1099511627776",
        "5MB, 5000000",
        "5, ",
        "GiB, ",
        "1gib, ",
        "-1B, ",
        "9999999999999999999TiB, "
    })
    void sizes_have_a_unit(String text, Long read) {
        assertThat(Units.bytes(text)).isEqualTo(Optional.ofNullable(read));
    }

    @Test
    void two_settings_of_one_variable_can_not_be() {
        List<Setting<?>> clash = List.of(
                Setting.of("a.b", Kind.bool(), "true", "One."),
                Setting.of("a-b", Kind.bool(), "true", "Other."));
        assertThatThrownBy(() -> new Settings(clash, Set.of())).hasMessageContaining("a-b");
    }

    private ConfigReader.Reading read(
            String file, Map<String, String> environment, Given... flags) {
        try {
            Path path = Files.writeString(directory.resolve("erlust.conf"), file);
            return ConfigReader.read(
                    SETTINGS, Optional.of(new ConfigFile(path, true)), environment, List.of(flags));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String url(String text) {
        if (!text.startsWith("jdbc:")) {
            throw new IllegalArgumentException("no URL");
        }
        return text;
    }
}
