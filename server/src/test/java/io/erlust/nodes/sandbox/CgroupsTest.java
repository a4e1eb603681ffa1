package io.erlust.nodes.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.erlust.jobs.spec.Limits;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** Limits hold, and nothing in a cgroup outlives it: with the cgroups of this machine. */
class CgroupsTest {
    private static final int PROCESSES = 30;
    private static final Limits LIMITS = new Limits(64 << 20, PROCESSES, 0.5, 100, 1 << 20);
    private static final String JOIN =
            "for file in $JOIN; do echo 0 > $file || exit 97; done; unset JOIN; ";

    private final String name = "erlust-test-" + UUID.randomUUID();
    private Cgroups cgroups;

    @BeforeEach
    void open() {
        cgroups = Cgroups.open(name);
        assumeThat(cgroups.kind()).isNotEqualTo("rlimits");
    }

    @AfterEach
    void nothing_is_left() throws Exception {
        if (cgroups.kind().equals("rlimits")) {
            return;
        }
        List<Path> directories = paths(create("last"));
        cgroups.close();
        assertThat(directories).allSatisfy(each -> assertThat(each.getParent()).doesNotExist());
    }

    private Cgroup create(String node) throws IOException {
        return cgroups.create(node, LIMITS).orElseThrow();
    }

    private static List<Path> paths(Cgroup cgroup) {
        return cgroup.joinFiles().stream().map(Path::getParent).toList();
    }

    private static Process shell(Cgroup cgroup, String script) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", JOIN + script);
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/bin:/bin");
        builder.environment()
                .put(
                        "JOIN",
                        String.join(
                                " ",
                                cgroup.joinFiles().stream().map(Path::toString).toList()));
        return builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }

    private static int exit(Process process) throws InterruptedException {
        assertThat(process.waitFor(20, SECONDS)).isTrue();
        return process.exitValue();
    }

    /** The first of these files that one of the cgroup's directories has. */
    private static String read(Cgroup cgroup, String... files) throws IOException {
        for (Path directory : paths(cgroup)) {
            for (String file : files) {
                if (Files.exists(directory.resolve(file))) {
                    return Files.readString(directory.resolve(file)).strip();
                }
            }
        }
        throw new AssertionError("none of " + List.of(files) + " in " + paths(cgroup));
    }

    @Test
    void a_node_joins_by_itself_and_what_it_forks_is_in_it() throws Exception {
        Cgroup node = create("n1");
        assertThat(node.isEmpty()).isTrue();
        Process process = shell(node, "(cat /proc/self/cgroup); exit 3");
        List<String> lines = process.inputReader().readAllLines();
        assertThat(exit(process)).isEqualTo(3);
        assertThat(lines.stream().filter(line -> line.endsWith("/" + name + "/n1")))
                .hasSize(node.joinFiles().size());
        assertThat(node.ranOutOfMemory()).isFalse();
        await().until(node::isEmpty);
        node.remove();
        assertThat(paths(node)).allSatisfy(each -> assertThat(each).doesNotExist());
    }

    @Test
    void the_limits_are_what_was_asked_for() throws Exception {
        Cgroup node = create("n1");
        assertThat(read(node, "memory.limit_in_bytes", "memory.max")).isEqualTo("67108864");
        assertThat(read(node, "pids.max")).isEqualTo("30");
        assertThat(read(node, "cpu.cfs_quota_us", "cpu.max")).startsWith("50000");
        Limits unlimited = new Limits(64 << 20, 30, 0, 100, 1 << 20);
        Cgroup other = cgroups.create("n2", unlimited).orElseThrow();
        assertThat(read(other, "cpu.cfs_quota_us", "cpu.max")).matches("-1|max 100000");
    }

    @Test
    void a_fork_bomb_is_bounded_and_ends() throws Exception {
        Cgroup node = create("n1");
        Process process = shell(node, "b() { b & b & wait; sleep 1; }; while :; do b; done");
        await().until(() -> !read(node, "pids.events").equals("max 0"));
        assertThat(Integer.parseInt(read(node, "pids.current"))).isBetween(1, PROCESSES);
        int killed = node.killAll();
        assertThat(killed).isPositive();
        assertThat(node.isEmpty()).isTrue();
        exit(process);
        node.remove();
        assertThat(paths(node)).allSatisfy(each -> assertThat(each).doesNotExist());
    }

    @Test
    void a_node_that_takes_more_memory_than_its_limit_is_known_by_it() throws Exception {
        Cgroup node = create("n1");
        Process process = shell(node, "head -c 200000000 /dev/zero | tail; exit 5");
        exit(process);
        assertThat(node.ranOutOfMemory()).isTrue();
        Cgroup modest = create("n2");
        assertThat(exit(shell(modest, "head -c 10000000 /dev/zero | tail > /dev/null")))
                .isZero();
        assertThat(modest.ranOutOfMemory()).isFalse();
    }

    @Test
    void files_in_memory_count_as_memory() throws Exception {
        Cgroup node = create("n1");
        String file = "/dev/shm/" + name;
        try {
            exit(shell(node, "head -c 200000000 /dev/zero > " + file));
            assertThat(node.ranOutOfMemory()).isTrue();
        } finally {
            Files.deleteIfExists(Path.of(file));
        }
    }

    @Test
    void what_went_into_other_sessions_and_lost_its_parents_is_killed() throws Exception {
        Cgroup node = create("n1");
        Process process = shell(
                node,
                "setsid sh -c 'setsid sleep 1000 & setsid sleep 1000 & trap \"\" TERM; sleep 1000 &"
                        + " exit' & exit 0");
        exit(process);
        await().until(() -> read(node, "pids.current").equals("3"));
        assertThat(node.killAll()).isEqualTo(3);
        assertThat(node.isEmpty()).isTrue();
        assertThat(node.killAll()).isZero();
    }

    @Test
    void a_cgroup_in_a_nodes_cgroup_is_emptied_and_removed_with_it() throws Exception {
        Cgroup node = create("n1");
        List<Path> inner = new ArrayList<>();
        for (Path directory : paths(node)) {
            inner.add(Files.createDirectories(directory.resolve("a/b")));
        }
        Process process = shell(new Cgroup(inner), "sleep 1000 & wait");
        await().until(() -> read(node, "pids.current").equals("2"));
        assertThat(node.isEmpty()).isFalse();
        assertThat(node.killAll()).isEqualTo(2);
        exit(process);
        node.remove();
        assertThat(paths(node)).allSatisfy(each -> assertThat(each).doesNotExist());
    }

    @Test
    void memory_that_a_cgroup_in_a_nodes_cgroup_lacked_counts_as_the_nodes() throws Exception {
        Cgroup node = create("n1");
        List<Path> inner = new ArrayList<>();
        for (Path directory : paths(node)) {
            inner.add(Files.createDirectory(directory.resolve("inner")));
        }
        exit(shell(new Cgroup(inner), "head -c 200000000 /dev/zero | tail"));
        assertThat(node.ranOutOfMemory()).isTrue();
    }

    @Test
    void a_cgroup_that_is_still_used_is_not_removed() throws Exception {
        Cgroup node = create("n1");
        Process process = shell(node, "echo; sleep 1000 & wait");
        assertThat(process.getInputStream().read()).isEqualTo('\n');
        node.remove();
        assertThat(paths(node)).allSatisfy(each -> assertThat(each).exists());
        assertThat(node.killAll()).isPositive();
        exit(process);
    }

    @Test
    void joining_a_cgroup_that_was_removed_fails() throws Exception {
        Cgroup node = create("n1");
        node.remove();
        assertThat(exit(shell(node, "exit 0"))).isNotZero();
        assertThat(node.isEmpty()).isTrue();
        assertThat(node.ranOutOfMemory()).isFalse();
        assertThat(node.killAll()).isZero();
        node.remove();
    }

    @Test
    void what_an_earlier_life_left_is_killed_and_removed() throws Exception {
        Cgroup node = create("n1");
        Process process = shell(node, "setsid sleep 1000 & echo; wait");
        assertThat(process.getInputStream().read()).isEqualTo('\n');
        assertThat(Cgroups.removeLeftovers(name)).isEqualTo(2);
        exit(process);
        assertThat(paths(node)).allSatisfy(each -> assertThat(each.getParent()).doesNotExist());
        assertThat(Cgroups.removeLeftovers(name)).isZero();
        cgroups = Cgroups.open(name);
    }

    @Test
    void a_machine_that_refuses_suddenly_is_told_with_the_place() throws Exception {
        Path refused = paths(create("n1")).getFirst().resolveSibling("n2");
        Cgroups.removeLeftovers(name);
        assertThatThrownBy(() -> create("n2"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(refused.toString());
        cgroups = Cgroups.open(name);
        create("n3");
        assertThatThrownBy(() -> create("n3")).hasMessageContaining("FileAlreadyExists");
    }

    @Test
    void names_that_lead_elsewhere_are_refused() {
        Stream.of("", "..", "a/b", "cgroup.procs", "a b")
                .forEach(bad -> assertThatThrownBy(() -> create(bad))
                        .isInstanceOf(IllegalArgumentException.class));
    }
}
