package io.erlust.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

class AdminTokenTest {
    @TempDir
    private Path data;

    private String stored() throws IOException {
        return Files.readString(AdminToken.file(data)).strip();
    }

    @Test
    void it_is_made_once_readable_by_its_owner_alone() throws IOException {
        AdminToken made = AdminToken.loadOrCreate(data);
        String token = stored();
        assertThat(token).matches("erl_[A-Za-z0-9_-]{43}");
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(AdminToken.file(data))))
                .isEqualTo("rw-------");
        assertThat(made.matches(token)).isTrue();
        assertThat(AdminToken.loadOrCreate(data).matches(token)).isTrue();
        assertThat(stored()).isEqualTo(token);
        try (var files = Files.list(data)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void a_file_that_others_could_read_is_closed_to_them() throws IOException {
        AdminToken.loadOrCreate(data);
        Files.setPosixFilePermissions(
                AdminToken.file(data), PosixFilePermissions.fromString("rw-r--r--"));
        AdminToken.loadOrCreate(data);
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(AdminToken.file(data))))
                .isEqualTo("rw-------");
    }

    @Test
    void of_many_that_start_at_once_all_have_the_same() throws Exception {
        Set<String> seen = ConcurrentHashMap.newKeySet();
        Thread[] threads = new Thread[8];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = Thread.ofPlatform().start(() -> {
                try {
                    AdminToken token = AdminToken.loadOrCreate(data);
                    seen.add(token.matches(stored()) ? "same" : "other");
                } catch (IOException e) {
                    seen.add(e.toString());
                }
            });
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(seen).containsExactly("same");
    }

    @Test
    void a_broken_file_is_refused_with_what_to_do() throws IOException {
        Files.writeString(AdminToken.file(data), "nonsense\n");
        assertThatThrownBy(() -> AdminToken.loadOrCreate(data)).hasMessageContaining("delete it");
    }
}
