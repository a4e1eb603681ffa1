package io.erlust.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.erlust.time.Patience;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Exits are facts, and nothing of a process's group outlives it. */
class ChildProcessTest {
    private static final Spawner spawner = new Spawner();
    private static final Map<String, String> ENV = Map.of("PATH", "/usr/bin:/bin");

    @TempDir
    private Path directory;

    private ChildProcess shell(String script) {
        return spawner.spawn(new Command(List.of("/bin/sh", "-c", script), directory, ENV));
    }

    private static Exit exit(ChildProcess child) throws Exception {
        return child.exit().get(Patience.SECONDS, SECONDS);
    }

    private static boolean runs(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    @Test
    void an_exit_is_told_as_normal_or_a_code_or_a_signal() throws Exception {
        assertThat(exit(shell("exit 0"))).isEqualTo(new Exit.Normal()).hasToString("normal");
        assertThat(exit(shell("exit 3"))).isEqualTo(new Exit.Code(3)).hasToString("exit 3");
        assertThat(exit(shell("exit 255"))).isEqualTo(new Exit.Code(255));
        assertThat(exit(shell("kill -SEGV $$")))
                .isEqualTo(new Exit.Signal(11))
                .hasToString("signal 11");
        ChildProcess killed = shell("sleep 1000");
        killed.killTree();
        assertThat(exit(killed)).isEqualTo(new Exit.Signal(9));
        ChildProcess asked = shell("exec sleep 1000");
        asked.terminate(0);
        assertThat(exit(asked)).isEqualTo(new Exit.Signal(15));
    }

    @Test
    void a_child_keeps_its_pid_leads_a_session_and_has_only_the_environment_it_was_given()
            throws Exception {
        ChildProcess child = shell("echo $$ $(ps -o sid= -p $$); env; cat; pwd");
        List<String> lines =
                new String(child.stdout().readAllBytes(), UTF_8).lines().toList();
        assertThat(lines.getFirst().split(" +"))
                .containsExactly(Long.toString(child.pid()), Long.toString(child.pid()));
        assertThat(lines)
                .contains(directory.toString())
                .noneMatch(line -> line.startsWith("HOME="));
        assertThat(exit(child)).isEqualTo(new Exit.Normal());
    }

    @Test
    void grandchildren_die_with_their_group_when_it_is_killed() throws Exception {
        ChildProcess child = shell("sleep 1000 & echo $!; wait");
        long grandchild = Long.parseLong(firstLine(child));
        assertThat(runs(grandchild)).isTrue();
        child.killTree();
        assertThat(exit(child)).isEqualTo(new Exit.Signal(9));
        await().until(() -> !runs(grandchild));
    }

    @Test
    void an_exit_is_noticed_while_a_grandchild_holds_stdout_and_the_grandchild_is_killed()
            throws Exception {
        ChildProcess child = shell("sleep 1000 & echo $!; exit 3");
        long grandchild = Long.parseLong(firstLine(child));
        assertThat(child.exit().get(5, SECONDS)).isEqualTo(new Exit.Code(3));
        await().until(() -> !runs(grandchild));
        assertThat(child.stdout().read()).isEqualTo(-1);
    }

    @Test
    void what_escaped_into_another_session_is_found_by_its_environment() throws Exception {
        String variable = "ERLUST_SOCKET";
        Map<String, String> env = Map.of(
                "PATH", "/usr/bin:/bin", variable, directory.resolve("n1/sock").toString());
        ChildProcess child = spawner.spawn(new Command(
                List.of("/bin/sh", "-c", "setsid sleep 1000 & echo $!; sleep 0.1"),
                directory,
                env));
        exit(child);
        int killed = Leftovers.kill(variable, directory);
        assertThat(killed).isEqualTo(1);
        assertThat(Leftovers.kill(variable, directory)).isZero();
    }

    @Test
    void signals_after_the_end_go_nowhere() throws Exception {
        ChildProcess child = shell("exit 0");
        exit(child);
        child.terminate(0);
        child.killTree();
        assertThat(child.hasEnded()).isTrue();
    }

    @Test
    void what_can_not_be_started_says_why() {
        Command command = new Command(List.of("/bin/sh"), directory.resolve("missing"), Map.of());
        assertThatThrownBy(() -> spawner.spawn(command))
                .isInstanceOf(SpawnFailed.class)
                .hasMessageContaining("missing");
    }

    /**
     * A parent-death signal belongs to the thread that spawned: this guards against virtual ones.
     */
    @Test
    void children_end_with_their_server_and_not_before() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process server = new ProcessBuilder(
                        java,
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SpawningServer.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader lines = server.inputReader()) {
            long child = Long.parseLong(lines.readLine());
            assertThat(runs(child)).isTrue();
            server.destroyForcibly();
            await().until(() -> !runs(child));
        }
    }

    private static String firstLine(ChildProcess child) throws Exception {
        StringBuilder line = new StringBuilder();
        for (int c = child.stdout().read();
                c != '\n' && c >= 0;
                c = child.stdout().read()) {
            line.append((char) c);
        }
        return line.toString();
    }
}
