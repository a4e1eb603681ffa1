package io.erlust.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** What one life of the server leaves behind, the next one cleans up. */
class RuntimeDirectoryTest {
    @TempDir
    private Path data;

    @Test
    void the_next_life_kills_the_processes_and_deletes_the_files_of_the_one_before()
            throws Exception {
        RuntimeDirectory first = RuntimeDirectory.open(data); // never closed: it was killed
        NodeDirectory node = first.newNode();
        ProcessBuilder builder = new ProcessBuilder("setsid", "sleep", "1000");
        builder.environment().put("ERLUST_SOCKET", node.socket().toString());
        Process orphan = builder.start();
        await().until(() -> Files.readString(Path.of("/proc/" + orphan.pid() + "/cmdline"))
                .startsWith("sleep"));
        try (RuntimeDirectory second = RuntimeDirectory.open(data)) {
            assertThat(orphan.waitFor()).isEqualTo(137);
            assertThat(first.path()).doesNotExist();
            assertThat(second.library("python").resolve("erlust_node.py")).isNotEmptyFile();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(second.path())))
                    .isEqualTo("rwx--x--x");
        }
        assertThat(data.resolve("runtime")).doesNotExist();
    }

    @Test
    void a_damaged_record_deletes_nothing() throws Exception {
        Path precious = Files.createDirectory(data.resolve("precious"));
        Files.writeString(data.resolve("runtime"), precious.toString());
        RuntimeDirectory.open(data).close();
        assertThat(precious).exists();
    }
}
