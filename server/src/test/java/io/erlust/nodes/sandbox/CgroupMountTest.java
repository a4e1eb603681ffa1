package io.erlust.nodes.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where the cgroups are is read from the kernel, whatever set-up the machine has. */
class CgroupMountTest {
    @TempDir
    private Path directory;

    private CgroupMount only(String mountinfo, String membership) {
        List<CgroupMount> mounts = CgroupMount.parse(List.of(mountinfo), List.of(membership));
        assertThat(mounts).hasSize(1);
        return mounts.getFirst();
    }

    private Path make(String path) throws Exception {
        return Files.createDirectories(directory.resolve(path));
    }

    @Test
    void a_hybrid_set_up_has_controllers_of_version_1_and_a_mount_of_version_2() throws Exception {
        Path memory = make("memory/slice/server");
        Path unified = make("unified");
        List<CgroupMount> mounts = CgroupMount.parse(
                List.of(
                        "31 23 0:28 / " + directory + " rw - tmpfs tmpfs rw,mode=755",
                        "35 31 0:32 / " + directory + "/memory rw - cgroup cgroup rw,memory",
                        "36 31 0:33 / " + directory
                                + "/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct",
                        "41 31 0:38 / " + unified + " rw,relatime - cgroup2 cgroup2 rw"),
                List.of("4:memory:/slice/server", "2:cpuacct,cpu:/", "0::/"));
        assertThat(mounts).extracting(CgroupMount::version).containsExactly(1, 1, 2);
        assertThat(mounts)
                .extracting(CgroupMount::own)
                .containsExactly(memory, directory.resolve("cpu,cpuacct"), unified);
        assertThat(mounts.get(0).places()).containsExactly(memory, directory.resolve("memory"));
        assertThat(mounts.get(1).options()).contains("cpu", "cpuacct");
        assertThat(mounts.get(2).places()).containsExactly(unified);
    }

    @Test
    void a_mount_that_shows_only_the_containers_cgroup_begins_with_it() throws Exception {
        Path below = make("below");
        String mountinfo = "35 31 0:32 /docker/abc " + directory + " ro - cgroup cgroup rw,pids";
        assertThat(only(mountinfo, "4:pids:/docker/abc/below").own()).isEqualTo(below);
        assertThat(only(mountinfo, "4:pids:/docker/abcde").own()).isEqualTo(directory);
        assertThat(only(mountinfo, "4:pids:/docker/abc").own()).isEqualTo(directory);
    }

    @Test
    void a_cgroup_that_the_mount_does_not_show_counts_as_its_root() throws Exception {
        make("mount");
        make("outside");
        String mountinfo = "41 31 0:38 / " + directory + "/mount rw - cgroup2 cgroup2 rw";
        assertThat(only(mountinfo, "0::/../outside").own()).isEqualTo(directory.resolve("mount"));
        assertThat(only(mountinfo, "0::/missing").own()).isEqualTo(directory.resolve("mount"));
    }

    @Test
    void a_mount_point_with_a_space_is_understood() {
        String mountinfo = "41 31 0:38 / " + directory + "/a\\040b rw - cgroup2 cgroup2 rw";
        assertThat(only(mountinfo, "0::/").root()).isEqualTo(directory.resolve("a b"));
    }

    @Test
    void other_mounts_and_lines_that_make_no_sense_are_passed_over() {
        List<String> mountinfo =
                List.of("", "x - cgroup", "23 1 8:1 / / rw - ext4 /dev/cgroup rw", "1 2 3");
        assertThat(CgroupMount.parse(mountinfo, List.of("", "7"))).isEmpty();
    }
}
