package io.erlust.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** {@code erlust config}, and how {@code erlust serve} takes its settings. */
final class ConfigCommandTest {
    @TempDir
    private Path directory;

    @Test
    void a_file_that_is_right_is_ok() throws IOException {
        Path file = write("port = 1\nretention { finished = 7d }");
        CommandRun run = check(Optional.of(file), Map.of("ERLUST_SPARES", "0", "ERLUST_PORT", "2"));
        assertThat(run).isEqualTo(new CommandRun(0, "ok: " + file + ", 3 settings\n", ""));
    }

    @Test
    void no_file_is_ok_and_the_one_in_the_data_directory_is_found() throws IOException {
        Map<String, String> environment = Map.of("ERLUST_DATA", directory.toString());
        assertThat(check(Optional.empty(), environment).out())
                .isEqualTo("ok: no file, 1 settings\n");
        Path file = write("port = x");
        CommandRun run = check(Optional.empty(), environment);
        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err())
                .isEqualTo(file + ":1: port: expected an integer from 0 to 65535, got \"x\"\n");
    }

    @Test
    void every_error_is_a_line() throws IOException {
        Path file = write("prot = 1\nspares = many\nretention.finished = 1s");
        CommandRun run =
                check(Optional.of(file), Map.of("ERLUST_DRAIN", "now", "ERLUST_DRIAN", "1s"));
        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).hasSize(5);
        assertThat(run.err().lines().toList().getLast())
                .isEqualTo("ERLUST_DRIAN: expected the variable of a known key;"
                        + " did you mean ERLUST_DRAIN?");
    }

    @Test
    void values_that_do_not_fit_each_other_are_an_error() throws IOException {
        CommandRun run = check(Optional.of(write("bind = \"0.0.0.0\"")), Map.of());
        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).startsWith("bind: 0.0.0.0 is not loopback");
    }

    @Test
    void the_files_of_a_broker_with_tls_are_looked_at() throws IOException {
        Path file = write("amqp = \"amqps://mq\"\namqp-authority = /nosuch/ca.pem");
        CommandRun run = check(Optional.of(file), Map.of());
        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err().strip())
                .isEqualTo("/nosuch/ca.pem: expected certificates in PEM, got no such file");
    }

    @Test
    void a_password_is_never_shown() throws IOException {
        Path good = write("database = \"jdbc:postgresql://db/x?user=a&password=hush\"");
        assertThat(check(Optional.of(good), Map.of()).out())
                .startsWith("ok:")
                .doesNotContain("hush");
        Path wrong = write("database = \"mysql://a:hush@db/x\"");
        String set = "--set=database=mysql://a:hush@db/x";
        for (CommandRun run : new CommandRun[] {
            check(Optional.of(wrong), Map.of()),
            check(Optional.empty(), Map.of("ERLUST_DATABASE", "mysql://a:hush@db/x")),
            CommandRun.of("serve", "--database", "mysql://a:hush@db/x"),
            CommandRun.of("serve", set),
            CommandRun.of("serve", "--set", "database hush"),
            CommandRun.of("serve", "--databse=jdbc:postgresql://db/x?user=a&password=hush")
        }) {
            assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
            assertThat(run.err()).isNotEmpty().doesNotContain("hush");
        }
    }

    @Test
    void the_default_file_says_every_default() throws IOException {
        String text = CommandRun.of("config", "default").out();
        assertThat(text.lines()).allMatch(line -> line.isEmpty() || line.startsWith("# "));
        assertThat(check(Optional.of(write(text)), Map.of()).out()).endsWith(", 0 settings\n");
        String taken = text.replaceAll("(?m)^# ([a-z.-]+ = )", "$1");
        CommandRun run = check(Optional.of(write(taken)), Map.of());
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).endsWith(", 14 settings\n"); // two are null: they have no default
    }

    @Test
    void the_table_in_the_documentation_is_the_printed_one() throws IOException {
        String page = Files.readString(LauncherTest.repository().resolve("docs/configuration.md"));
        String table = page.replaceAll("(?s).*<!-- settings -->\n|<!-- end of settings -->.*", "");
        assertThat(table)
                .as("put what \"erlust config doc\" prints between the markers")
                .isEqualTo(CommandRun.of("config", "doc").out());
    }

    @Test
    void the_example_in_the_documentation_is_right() throws IOException {
        String page = Files.readString(LauncherTest.repository().resolve("docs/configuration.md"));
        String example = page.replaceAll("(?s).*```hocon\n|```.*", "");
        Map<String, String> environment = Map.of("DB_PASSWORD", "hush", "HOME", "/u");
        CommandRun run = check(Optional.of(write(example)), environment);
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void serve_refuses_what_is_wrong_before_it_touches_its_data() throws IOException {
        Path file = write("spares = 2000");
        Path data = directory.resolve("data");
        CommandRun run = CommandRun.of(
                "serve",
                "--config",
                file.toString(),
                "--data",
                data.toString(),
                "--port",
                "x",
                "--set",
                "retention.finished=soon",
                "--set",
                "prot=1");
        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err().lines())
                .containsExactly(
                        "erlust: " + file + ":1: spares: expected an integer from 0 to 1000, got"
                                + " \"2000\"",
                        "erlust: --port: port: expected an integer from 0 to 65535, got \"x\"",
                        "erlust: --set: retention.finished: expected a duration like 90s, 12h, 30d"
                                + " or PT5M, from 1m to 36500d, got \"soon\"",
                        "erlust: --set: prot: expected a known key; did you mean port?");
        assertThat(data).doesNotExist();
    }

    @Test
    void serve_has_a_flag_for_what_it_always_had_one() {
        String help = CommandRun.of("serve", "--help").out();
        assertThat(help)
                .contains("--port=PORT", "--bind=ADDRESS", "--data=DIR", "--database=URL")
                .contains("--allow-callback=HOST:PORT", "--nodes-max=N", "--sandbox=LEVEL")
                .contains("--spares=N", "--insecure-http ", "--host=NAME")
                .contains("--config=FILE", "--set=KEY=VALUE");
    }

    @Test
    void each_part_of_config_has_help() {
        assertThat(CommandRun.of("config").exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(CommandRun.of("config", "check", "--help").out())
                .startsWith("Usage: erlust config check")
                .contains("--config=FILE");
    }

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("erlust.conf"), text);
    }

    /** In an environment of its own. */
    private static CommandRun check(Optional<Path> config, Map<String, String> environment) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                80);
        int exitCode = new ConfigCommand(terminal).check(config, environment);
        return new CommandRun(
                exitCode,
                out.toString(StandardCharsets.UTF_8),
                err.toString(StandardCharsets.UTF_8));
    }
}
