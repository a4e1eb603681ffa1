package io.erlust.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * The shell scripts that start Erlust, with a Java and a Maven that only say how they were called.
 */
final class LauncherTest {
    private static final Instant OLD = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    private Path directory;

    private Path home;
    private Path java25;

    private record Ran(int exitCode, List<String> out, String err) {}

    @BeforeEach
    void make_a_home_with_a_space_in_its_name() throws Exception {
        home = Files.createDirectories(directory.resolve("a home"));
        Files.createDirectories(home.resolve(".mvn"));
        Path repository = repository();
        Files.copy(repository.resolve("erlust"), home.resolve("erlust"));
        Files.copy(repository.resolve(".mvn/find-jdk"), home.resolve(".mvn/find-jdk"));
        java25 = jdk("java-25", "25.0.3");
        script(
                home.resolve("mvnw"),
                "echo built; mkdir -p \"$(dirname \"$0\")/target\";"
                        + " echo jar > \"$(dirname \"$0\")/target/erlust.jar\"");
        write(home.resolve("server/src/main/java/A.java"), "class A {}");
        write(home.resolve("pom.xml"), "<project/>");
        Files.createDirectories(home.resolve("target"));
    }

    @Test
    void the_jar_is_built_then_the_cache_made_then_java_started() throws Exception {
        Ran first =
                erlust(Map.of("ERLUST_JAVA_OPTS", "-Da=1 -Db=2"), "serve", "--data", "with space");
        assertThat(first.err()).contains("building").contains("start-up cache");
        assertThat(first.out())
                .contains("-Da=1", "-Db=2", "serve", "with space", home + "/target/erlust.jar");
        assertThat(first.out()).contains("-XX:AOTCache=" + home + "/target/erlust.aot");
        assertThat(erlust(Map.of(), "--version").err()).isEmpty();
    }

    @Test
    void a_source_newer_than_the_jar_is_built_again_and_a_pyc_is_not() throws Exception {
        erlust(Map.of(), "--version");
        age(home);
        write(home.resolve("examples/__pycache__/a.pyc"), "x");
        assertThat(erlust(Map.of(), "--version").err()).doesNotContain("building");
        write(home.resolve("examples/a.py"), "x");
        assertThat(erlust(Map.of(), "--version").err()).contains("building");
    }

    @Test
    void a_build_that_fails_says_so_and_starts_nothing() throws Exception {
        script(home.resolve("mvnw"), "echo '[ERROR] A.java:1 is wrong'; exit 1");
        Ran ran = erlust(Map.of(), "--version");
        assertThat(ran.exitCode()).isEqualTo(ExitCode.LOCAL);
        assertThat(ran.err()).contains("A.java:1 is wrong").contains("build.log");
        assertThat(ran.out()).isEmpty();
    }

    @Test
    void a_cache_that_can_not_be_made_does_not_keep_it_from_starting() throws Exception {
        script(java25.resolve("bin/java"), "case \"$*\" in *warm-up*) exit 1;; esac; echo started");
        assertThat(erlust(Map.of(), "--version").err()).contains("no cache this time");
        Ran second = erlust(Map.of(), "--version");
        assertThat(second.out()).containsExactly("started");
        assertThat(second.err()).isEmpty();
    }

    @Test
    void a_link_to_it_works_from_any_directory() throws Exception {
        erlust(Map.of(), "--version");
        Path link = Files.createSymbolicLink(directory.resolve("link"), home.resolve("erlust"));
        Path again = Files.createSymbolicLink(directory.resolve("again"), Path.of("link"));
        assertThat(run(Path.of("/"), Map.of("JAVA_HOME", java25.toString()), again.toString(), "x")
                        .out())
                .contains(home + "/target/erlust.jar", "x");
        assertThat(link).isSymbolicLink();
    }

    @Test
    void a_java_that_is_too_old_is_passed_over() throws Exception {
        Path old = jdk("java-17", "17.0.1");
        Path newer = jdk("java-26", "26");
        String path = newer.resolve("bin") + ":" + System.getenv("PATH");
        assertThat(findJdk(Map.of("JAVA_HOME", old.toString(), "PATH", path)).out())
                .containsExactly(newer.toRealPath().toString());
        assertThat(findJdk(Map.of("JAVA_HOME", java25.toString(), "PATH", path)).out())
                .containsExactly(java25.toString());
    }

    private Ran erlust(Map<String, String> environment, String... args) throws Exception {
        Map<String, String> all = new HashMap<>(environment);
        all.put("JAVA_HOME", java25.toString());
        List<String> command = new ArrayList<>(List.of(home.resolve("erlust").toString()));
        command.addAll(List.of(args));
        return run(home, all, command.toArray(String[]::new));
    }

    private Ran findJdk(Map<String, String> environment) throws Exception {
        return run(home, environment, home.resolve(".mvn/find-jdk").toString());
    }

    private Ran run(Path in, Map<String, String> environment, String... command) throws Exception {
        Path out = Files.createTempFile(directory, "out", "");
        Path err = Files.createTempFile(directory, "err", "");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().remove("ERLUST_JAVA_OPTS");
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ran(process.exitValue(), Files.readAllLines(out), Files.readString(err));
    }

    /** Says each of its arguments on a line, and makes the cache it is asked to make. */
    private Path jdk(String name, String version) throws IOException {
        Path jdk = directory.resolve(name);
        write(jdk.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        script(
                Files.createDirectories(jdk.resolve("bin")).resolve("java"),
                "for a in \"$@\"; do printf '%s\\n' \"$a\";"
                        + " case $a in -XX:AOTCacheOutput=*) echo x > \"${a#*=}\";; esac; done");
        return jdk;
    }

    private static void script(Path file, String text) throws IOException {
        write(file, "#!/bin/sh\n" + text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Everything there is becomes old, in the order it was made: sources, jar, cache. */
    private static void age(Path home) throws IOException {
        List<Path> all;
        try (var files = Files.walk(home)) {
            all = files.filter(Files::isRegularFile).toList();
        }
        for (Path file : all) {
            Files.setLastModifiedTime(file, FileTime.from(OLD));
        }
        Files.setLastModifiedTime(
                home.resolve("target/erlust.jar"), FileTime.from(OLD.plusSeconds(1)));
        Files.setLastModifiedTime(
                home.resolve("target/erlust.aot"), FileTime.from(OLD.plusSeconds(2)));
    }

    static Path repository() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.exists(directory.resolve(".mvn/find-jdk"))) {
            directory = Objects.requireNonNull(directory.getParent(), "not in the repository");
        }
        return directory;
    }
}
