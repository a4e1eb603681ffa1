package io.erlust.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What user code made is deleted, and nothing else. */
class DirectoryTreeTest {
    @TempDir private Path directory;

    @Test
    void links_are_deleted_and_not_followed() throws Exception {
        Path precious = Files.writeString(directory.resolve("precious"), "x");
        Path outside = Files.createDirectories(directory.resolve("outside/inner"));
        Path tree = directory.resolve("tree");
        Files.createDirectories(tree.resolve("a/b"));
        Files.createSymbolicLink(tree.resolve("link"), outside);
        Files.createSymbolicLink(tree.resolve("a/file"), precious);
        Files.createLink(tree.resolve("a/hard"), precious);
        DirectoryTree.delete(tree);
        assertThat(tree).doesNotExist();
        assertThat(outside).exists();
        assertThat(precious).exists();
    }

    @Test
    void directories_without_permissions_and_very_deep_ones_are_deleted() throws Exception {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Path closed = tree.resolve("closed");
        Files.createDirectories(closed.resolve("inner"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-xr-xr-x"));
        Path deep = tree;
        for (int i = 0; i < 400; i++) {
            deep = Files.createDirectory(deep.resolve("d"));
        }
        Files.writeString(deep.resolve("file"), "x");
        DirectoryTree.delete(tree);
        assertThat(tree).doesNotExist();
        DirectoryTree.delete(tree);
    }
}
