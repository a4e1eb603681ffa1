package io.erlust.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.architecture.Repository.TextFile;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;

/** The repository's text is tidy; and each rule of that finds what it is for. */
final class TidyTest {
    private static final Repository REPOSITORY = Repository.here();
    private static final List<TextFile> FILES = REPOSITORY.textFiles();

    @Test
    void no_line_of_code_is_too_long() {
        assertThat(findings(code(), TidyText::longLines)).isEmpty();
    }

    @Test
    void no_file_of_code_is_too_long() {
        assertThat(findings(code(), TidyText::longFile)).isEmpty();
    }

    @Test
    void no_method_is_too_long() {
        assertThat(findings(java(), file -> TidyJava.look(file).longMethods())).isEmpty();
        assertThat(findings(python(), TidyText::longPythonFunctions)).isEmpty();
    }

    @Test
    void nothing_calls_what_has_a_better_replacement() {
        assertThat(findings(java(), file -> TidyJava.look(file).bannedCalls())).isEmpty();
    }

    @Test
    void nothing_is_marked_as_unfinished() {
        assertThat(findings(FILES.stream(), TidyText::unfinished)).isEmpty();
    }

    @Test
    void no_path_of_one_machine_is_written_down() {
        assertThat(findings(FILES.stream(), TidyText::pathsOfOneMachine)).isEmpty();
    }

    @Test
    void no_package_registry_is_named() {
        assertThat(findings(FILES.stream(), TidyText::registries)).isEmpty();
    }

    @Test
    void every_package_says_what_it_is_for_and_is_small() {
        PackageTable table = PackageTable.read(REPOSITORY.read("ARCHITECTURE.md"));
        assertThat(PackageFiles.check(FILES, table)).isEmpty();
    }

    private static Stream<TextFile> java() {
        return FILES.stream().filter(TextFile::isJava);
    }

    private static Stream<TextFile> python() {
        return FILES.stream().filter(TextFile::isPython);
    }

    private static Stream<TextFile> code() {
        return Stream.concat(java(), python());
    }

    private static List<String> findings(
            Stream<TextFile> files, Function<TextFile, List<String>> rule) {
        return files.flatMap(file -> rule.apply(file).stream()).toList();
    }

    /** Deliberate violations, and what looks like one but is none. */
    @Nested
    class Each_rule_can_fail {
        @Test
        void a_line_of_101_columns_is_found_and_one_of_100_is_not() {
            assertThat(TidyText.longLines(file("A.java", "é".repeat(100)))).isEmpty();
            assertThat(TidyText.longLines(file("A.java", "ok\n" + "é".repeat(101))))
                    .singleElement()
                    .asString()
                    .startsWith("A.java:2: longer than 100");
        }

        @Test
        void a_file_of_401_lines_is_found() {
            assertThat(TidyText.longFile(file("a.py", "x\n".repeat(400)))).isEmpty();
            assertThat(TidyText.longFile(file("a.py", "x\n".repeat(401)))).hasSize(1);
            assertThat(TidyText.longFile(file("clients/a.py", "x\n".repeat(401))))
                    .isEmpty();
            assertThat(TidyText.longFile(file("clients/a.py", "x\n".repeat(801))))
                    .hasSize(1);
        }

        @ParameterizedTest
        @CsvSource({"68, 0", "69, 1"})
        void a_java_method_of_71_lines_is_found(int statements, int found) {
            String body = "        count++;\n".repeat(statements);
            String text = "class A {\n    int count;\n    void run() {\n" + body + "    }\n}\n";
            assertThat(TidyJava.look(file("A.java", text)).longMethods()).hasSize(found);
        }

        @ParameterizedTest
        @CsvSource({"69, 0", "70, 1"})
        void a_python_function_of_71_lines_is_found(int statements, int found) {
            String body = "        count += 1\n".repeat(statements);
            String text = "class A:\n    def run():\n" + body + "\n\ndef next():\n    pass\n";
            assertThat(TidyText.longPythonFunctions(file("a.py", text))).hasSize(found);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "Thread.sleep(5)",
                    "System.currentTimeMillis()",
                    "Instant.now()",
                    "run(Instant::now)",
                    "System.nanoTime()",
                    "System.out.println(1)",
                    "e.printStackTrace()",
                    "new Thread()",
                    "Executors.newFixedThreadPool(4)",
                    "System.exit(1)",
                    "String.format(\"%d\", 1)",
                    "CompletableFuture.runAsync(null)",
                    "LocalDate.now()"
                })
        void a_banned_call_is_found(String call) {
            assertThat(bannedIn("server/src/main/java/io/erlust/jobs/A.java", call))
                    .hasSize(1);
        }

        @Test
        void a_call_is_allowed_where_it_belongs() {
            String main = "server/src/main/java/io/erlust/";
            assertThat(bannedIn(main + "time/A.java", "Instant.now()")).isEmpty();
            assertThat(bannedIn(main + "cli/A.java", "System.out.println(1)")).isEmpty();
            assertThat(bannedIn(main + "cli/Main.java", "System.exit(1)")).isEmpty();
            assertThat(bannedIn(main + "jobs/A.java", "String.format(Locale.ROOT, \"\")"))
                    .isEmpty();
            assertThat(bannedIn(main + "jobs/A.java", "say(\"Thread.sleep(5)\")"))
                    .isEmpty();
            assertThat(bannedIn("server/src/test/java/A.java", "System.nanoTime()"))
                    .isEmpty();
            assertThat(bannedIn("server/src/test/java/A.java", "Thread.sleep(1)"))
                    .hasSize(1);
        }

        @ParameterizedTest
        @ValueSource(strings = {"// TO" + "DO later", "# FIX" + "ME", "<!-- XX" + "X -->"})
        void unfinished_work_is_found(String line) {
            assertThat(TidyText.unfinished(file("a.md", line))).hasSize(1);
            assertThat(TidyText.unfinished(file("a.md", line.toLowerCase(Locale.ROOT))))
                    .isEmpty();
        }

        @ParameterizedTest
        @CsvSource({
            "cd /ro!ot/x, 1",
            "'\"/wo!rk/shared\"', 1",
            "--data=/ho!me/ann, 1",
            "in /ro!ot: a, 1",
            "https://host/ho!me/, 0",
            "$X/wo!rk/, 0",
            "../wo!rk/a, 0",
            "/wo!rkers/1, 0",
            "/ro!ot-ca, 0"
        })
        void a_path_of_one_machine_is_found(String line, int found) {
            String text = line.replace("!", "");
            assertThat(TidyText.pathsOfOneMachine(file("a.md", text))).as(text).hasSize(found);
        }

        @ParameterizedTest
        @CsvSource({
            "https://repo!.maven.apache.org/maven2, 1",
            "repo1!.maven.org, 1",
            "https://pypi!.org/x, 1",
            "registry!.npmjs.org, 1",
            "https://archive.apache.org/dist/maven, 0"
        })
        void a_package_registry_is_found(String line, int found) {
            assertThat(TidyText.registries(file("a", line.replace("!", "")))).hasSize(found);
        }

        @Test
        void a_package_without_a_complete_package_info_is_found() {
            PackageTable none = new PackageTable(List.of());
            String good = "/** What this is for, in a sentence. */\n@NullMarked\npackage a;\n";
            assertThat(PackageFiles.check(List.of(info(good)), none)).isEmpty();
            assertThat(PackageFiles.check(List.of(main("A.java")), none)).hasSize(1);
            for (String bad :
                    List.of(good.replace("@NullMarked\n", ""), "@NullMarked\npackage a;")) {
                assertThat(PackageFiles.check(List.of(info(bad)), none)).as(bad).hasSize(1);
            }
        }

        @Test
        void a_package_of_17_files_is_found_unless_the_table_says_why() {
            TextFile info =
                    info("/** What this is for, in a sentence. */\n@NullMarked\npackage a;\n");
            List<TextFile> files = Stream.concat(
                            Stream.of(info),
                            Stream.iterate(1, i -> i + 1)
                                    .limit(17)
                                    .map(i -> main("A" + i + ".java")))
                    .toList();
            assertThat(PackageFiles.check(files, new PackageTable(List.of()))).hasSize(1);
            String exception = "\n## Packages\n| 0 | `jobs` | | jobs | 17: there are seventeen |\n";
            assertThat(PackageFiles.check(files, PackageTable.read(exception))).isEmpty();
        }

        private static List<String> bannedIn(String path, String call) {
            String text = "class A { void run() throws Exception { " + call + "; } }";
            return TidyJava.look(file(path, text)).bannedCalls();
        }

        private static TextFile info(String text) {
            return file("server/src/main/java/io/erlust/jobs/package-info.java", text);
        }

        private static TextFile main(String name) {
            return file("server/src/main/java/io/erlust/jobs/" + name, "class A {}");
        }

        private static TextFile file(String path, String text) {
            return new TextFile(path, text);
        }
    }
}
