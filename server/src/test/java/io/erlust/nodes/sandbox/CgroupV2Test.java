package io.erlust.nodes.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.erlust.jobs.spec.Limits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** What is written to a hierarchy of version 2 is shown with plain files; killing is real. */
class CgroupV2Test {
    private static final long SELF = ProcessHandle.current().pid();
    private static final Limits LIMITS = new Limits(64 << 20, 30, 0.5, 100, 1 << 20);

    @TempDir
    private Path root;

    private Path cgroup(String path, String controllers, Object... processes) throws Exception {
        Path cgroup = Files.createDirectories(root.resolve(path));
        Files.writeString(cgroup.resolve("cgroup.controllers"), controllers + "\n");
        Files.writeString(cgroup.resolve("cgroup.subtree_control"), "\n");
        StringBuilder lines = new StringBuilder();
        for (Object process : processes) {
            lines.append(process).append('\n');
        }
        Files.writeString(cgroup.resolve("cgroup.procs"), lines);
        if (!path.isEmpty()) {
            Files.writeString(cgroup.resolve("cgroup.events"), "populated 1\nfrozen 0\n");
        }
        return cgroup;
    }

    private Cgroups open(Path own) {
        return Cgroups.open("erlust-x", List.of(new CgroupMount(2, Set.of("rw"), root, own)));
    }

    @Test
    void a_server_alone_in_its_cgroup_moves_into_a_leaf_and_hands_the_controllers_down()
            throws Exception {
        Path own = cgroup("system/erlust", "cpuset cpu io memory pids", SELF);
        Cgroups cgroups = open(own);
        assertThat(cgroups.kind()).isEqualTo("cgroup v2");
        assertThat(cgroups.controllers()).containsExactlyInAnyOrder("memory", "pids", "cpu");
        assertThat(own.resolve("server-erlust-x/cgroup.procs")).hasContent("" + SELF);
        assertThat(own.resolve("cgroup.subtree_control")).hasContent("+memory +pids +cpu");
        assertThat(own.resolve("erlust-x/cgroup.subtree_control")).hasContent("+memory +pids +cpu");
        assertThat(own.resolve("erlust-x/cpu.weight")).hasContent("50");
    }

    @Test
    void a_node_gets_its_limits_and_joins_by_one_file() throws Exception {
        Path own = cgroup("own", "cpu memory pids", SELF);
        Cgroup node = open(own).create("n1", LIMITS).orElseThrow();
        Path directory = own.resolve("erlust-x/n1");
        assertThat(node.joinFiles()).containsExactly(directory.resolve("cgroup.procs"));
        assertThat(directory.resolve("memory.max")).hasContent("67108864");
        assertThat(directory.resolve("pids.max")).hasContent("30");
        assertThat(directory.resolve("memory.oom.group")).doesNotExist();
        Files.writeString(directory.resolve("memory.events"), "max 7\noom 1\noom_kill 0\n");
        assertThat(node.ranOutOfMemory()).isFalse();
        Files.writeString(directory.resolve("memory.events"), "max 7\noom 1\noom_kill 1\n");
        assertThat(node.ranOutOfMemory()).isTrue();
        Files.writeString(directory.resolve("cgroup.events"), "populated 1\nfrozen 0\n");
        assertThat(node.isEmpty()).isFalse();
        Files.writeString(directory.resolve("cgroup.events"), "populated 0\nfrozen 0\n");
        assertThat(node.isEmpty()).isTrue();
    }

    @Test
    void all_memory_is_limited_swap_too_and_a_node_out_of_memory_ends_as_a_whole()
            throws Exception {
        Path own = cgroup("own", "cpu memory pids", SELF);
        CgroupVersion version = CgroupV2.open(
                        List.of(new CgroupMount(2, Set.of(), root, own)), "erlust-x")
                .orElseThrow();
        assertThat(version.settings("n1", LIMITS))
                .extracting(setting -> setting.file() + "=" + setting.value())
                .containsExactly(
                        "memory.max=67108864",
                        "memory.swap.max=0",
                        "memory.oom.group=1",
                        "pids.max=30",
                        "cpu.max=50000 100000");
    }

    @Test
    void a_cgroup_shared_with_others_is_left_alone_and_the_root_is_used() throws Exception {
        cgroup("", "cpu memory pids", SELF, 1);
        Path session = cgroup("session", "cpu memory pids", SELF, 1);
        assertThat(open(session).kind()).isEqualTo("cgroup v2");
        assertThat(root.resolve("erlust-x")).exists();
        assertThat(root.resolve("server-erlust-x")).doesNotExist();
        assertThat(session.resolve("server-erlust-x")).doesNotExist();
        assertThat(Files.readString(session.resolve("cgroup.subtree_control"))).isBlank();
    }

    @Test
    void what_is_handed_down_is_used_when_it_is_not_everything() throws Exception {
        Path own = cgroup("own", "pids", SELF);
        Cgroups cgroups = open(own);
        assertThat(cgroups.controllers()).containsExactly("pids");
        cgroups.create("n1", LIMITS);
        assertThat(own.resolve("erlust-x/n1/pids.max")).hasContent("30");
        assertThat(own.resolve("erlust-x/n1/memory.max")).doesNotExist();
    }

    @Test
    void without_memory_and_pids_there_are_only_rlimits() throws Exception {
        Path own = cgroup("own", "cpu io", SELF);
        Cgroups cgroups = open(own);
        assertThat(cgroups.kind()).isEqualTo("rlimits");
        assertThat(cgroups.create("n1", LIMITS)).isEmpty();
        assertThat(own.resolve("erlust-x")).doesNotExist();
        assertThat(own.resolve("server-erlust-x")).doesNotExist();
        cgroups.close();
    }

    @Test
    void the_kernel_kills_a_cgroup_of_version_2_and_what_is_below_as_one() throws Exception {
        Path directory = CgroupMount.ofThisProcess().stream()
                .filter(mount -> mount.version() == 2)
                .map(mount -> mount.own().resolve("erlust-test-" + UUID.randomUUID()))
                .filter(each -> each.toFile().mkdir())
                .findFirst()
                .orElse(root);
        assumeThat(directory).isNotEqualTo(root);
        Cgroup cgroup = new Cgroup(List.of(directory));
        try {
            Path below = Files.createDirectory(directory.resolve("below"));
            Process process = new ProcessBuilder(
                            "/bin/sh",
                            "-c",
                            "echo 0 > $0/cgroup.procs; setsid sleep 1000 & echo; wait",
                            below.toString())
                    .start();
            assertThat(process.getInputStream().read()).isEqualTo('\n');
            assertThat(cgroup.isEmpty()).isFalse();
            assertThat(cgroup.killAll()).isEqualTo(2);
            assertThat(cgroup.isEmpty()).isTrue();
            assertThat(process.waitFor()).isEqualTo(128 + 9);
        } finally {
            cgroup.remove();
        }
        assertThat(directory).doesNotExist();
    }
}
