package io.erlust.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigObject;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/** Files of HOCON as they come: broken, hostile, in parts. */
final class HoconTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            port 4370\\n\\nspares = 1    | 3 | Key 'port 4370' may not be followed by
            retention {\\nfinished = 1d | 2 | Expecting close brace } or a comma, got end of file
            a = 1\\nb = "x              | 2 | (End of input but string quote was still open)
            a = 1\\n[                   | 2 | expecting a close parentheses ')' here, not: '['
            [1]                         | 1 | has type LIST rather than object at file root
            a = 1 }                     | 1 | unbalanced close brace '}' with no open brace
            a = 1\\nb = ${NOBODY}       | 2 | Could not resolve substitution to a value: ${NOBODY}
            a = ${a}                    | 1 | ${a} was part of a cycle of substitutions
            """)
    void broken_syntax_is_told_with_its_line(String text, String line, String said) {
        Path file = write("erlust.conf", text.replace("\\n", "\n"));
        assertThatThrownBy(() -> Hocon.parse(file, Map.of()))
                .isInstanceOf(InvalidConfig.class)
                .hasMessageStartingWith(file + ":" + line + ": expected HOCON, got: ")
                .hasMessageContaining(said)
                .hasMessageNotContaining("if you intended");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "database = jdbc:postgresql://db/x?user=a&password=hush",
                "database = \"jdbc:postgresql://db/x?password=hush\" [",
                "amqp \"amqp://a:hush@mq/x\"\nspares = 1",
                "amqp = \"amqp://a:hush@mq/x\" ${list}\nlist = [1]",
                "database = \"jdbc:postgresql://db/x?password=hush",
                "database = \"jdbc:postgresql://db/x?password=\" \"hush\" {a = 1}",
                "database = hush ${list}\nlist = [1]",
                "database = hush hush {",
                "database hush\n\n\n\nspares = 1",
                "port = 1\ndatabase = \"\"\"hush\n\n\n"
            })
    void a_password_is_not_in_the_errors(String text) {
        Path file = write("erlust.conf", text);
        assertThatThrownBy(() -> Hocon.parse(file, Map.of()))
                .isInstanceOf(InvalidConfig.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining("expected HOCON")
                .hasMessageNotContaining("hush");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a = [", "a {", "a = {"})
    void brackets_without_end_are_an_error_and_no_overflow(String open) {
        Path file = write("erlust.conf", open.repeat(50_000));
        assertThatThrownBy(() -> Hocon.parse(file, Map.of())).isInstanceOf(InvalidConfig.class);
    }

    @Test
    void substitutions_come_from_the_file_and_then_from_the_environment() {
        Path file =
                write("erlust.conf", "a = 1, b = ${a}, c = ${HOME}/x, d = ${?NOBODY}, e = ${?E}");
        ConfigObject read = Hocon.parse(file, Map.of("HOME", "/u", "a", "2", "E", "3"));
        assertThat(read.unwrapped())
                .containsOnlyKeys("a", "b", "c", "e")
                .containsEntry("b", 1)
                .containsEntry("c", "/u/x")
                .containsEntry("e", "3");
    }

    @Test
    void files_are_included_from_the_directory_of_the_one_that_includes_them() throws IOException {
        Files.createDirectories(directory.resolve("parts"));
        write("parts/more.conf", "include \"most.conf\"\nb = 2\nport = 0");
        write("parts/most.conf", "c = 3");
        Path file = write(
                "erlust.conf",
                "include \"parts/more.conf\"\ninclude file(\"gone.conf\")\n"
                        + "include \"gone\"\nport = 1");
        ConfigObject read = Hocon.parse(file, Map.of());
        assertThat(read.unwrapped()).isEqualTo(Map.of("b", 2, "c", 3, "port", 1));
        assertThat(Hocon.where(Objects.requireNonNull(read.get("b")).origin()))
                .isEqualTo(directory.resolve("parts/more.conf") + ":2");
    }

    @Test
    void an_include_that_can_not_be_is_told() {
        write("broken.conf", "a = 1\n}");
        write("me.conf", "include \"erlust.conf\"");
        assertInclude("include required(\"gone.conf\")", "gone.conf: expected a file, got nothing");
        assertInclude("include required(file(\"gone\"))", "gone: expected a file, got nothing");
        assertInclude("include \"broken.conf\"", "broken.conf:2: expected HOCON");
        assertInclude("include \"me.conf\"", "expected a file that does not include this one");
        assertInclude("include \".\"", "expected a file, got a directory");
        assertInclude("include classpath(\"x\")", "expected a file's name, got \"classpath(x)\"");
    }

    @Test
    void nothing_is_fetched() throws IOException {
        try (ServerSocket web = new ServerSocket(0)) {
            web.setSoTimeout(1);
            String url = "http://127.0.0.1:" + web.getLocalPort() + "/x.conf";
            assertInclude("include \"" + url + "\"", "expected a file's name, got \"" + url);
            assertInclude("include url(\"" + url + "\")", "expected a file's name, got \"" + url);
            assertInclude("include url(\"file:/etc/hostname\")", "expected a file's name");
            assertInclude("include \"file:/etc/hostname\"", "expected a file's name");
            assertThatThrownBy(web::accept).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void what_is_no_readable_text_is_told() throws IOException {
        assertRefused(directory, ": expected a file, got a directory");
        Path gone = directory.resolve("gone");
        assertRefused(gone, ": expected a file, got nothing of that name");
        Path large = write("large", "#".repeat(ConfigText.BYTES_MAX + 1));
        assertRefused(large, ": expected at most 1 MiB, got more");
        Path latin = directory.resolve("latin");
        Files.write(latin, "a = 1\nb = \u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(latin, ":2: expected UTF-8, got other bytes");
        Path cut = directory.resolve("cut");
        Files.write(cut, new byte[] {'a', '=', (byte) 0xc3});
        assertRefused(cut, ":1: expected UTF-8, got other bytes");
    }

    @Test
    void a_device_is_no_file() {
        assertRefused(Path.of("/dev/zero"), ": expected a file, got a pipe or a device");
    }

    @Test
    void a_file_that_cannot_be_read_is_told() {
        Path memory = Path.of("/proc/self/mem"); // root can't read its beginning either
        assertThatThrownBy(() -> Hocon.parse(memory, Map.of()))
                .isInstanceOf(InvalidConfig.class)
                .hasMessageStartingWith(memory + ": expected a file that can be read, got ");
    }

    @Test
    void the_mark_some_editors_put_before_utf_8_is_no_key() {
        assertThat(Hocon.parse(write("erlust.conf", "\ufeffport = 1"), Map.of()).unwrapped())
                .isEqualTo(Map.of("port", 1));
    }

    private void assertInclude(String include, String said) {
        assertThatThrownBy(() -> Hocon.parse(write("erlust.conf", include), Map.of()))
                .as(include)
                .isInstanceOf(InvalidConfig.class)
                .hasMessageContaining(said)
                .hasMessageStartingWith(directory.toString());
    }

    private static void assertRefused(Path file, String said) {
        assertThatThrownBy(() -> Hocon.parse(file, Map.of()))
                .isInstanceOf(InvalidConfig.class)
                .hasMessage(file + said);
    }

    private Path write(String name, String text) {
        try {
            return Files.writeString(directory.resolve(name), text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
