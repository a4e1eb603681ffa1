package io.erlust.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** What user code made is deleted, and nothing else. */
class DirectoryTreeTest {
    @TempDir
    private Path directory;

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

    /** Guards against the deletion of what a link in the place of the whole tree points to. */
    @Test
    void a_link_in_the_place_of_the_tree_is_deleted_and_not_followed() throws Exception {
        Path outside = Files.createDirectories(directory.resolve("outside/inner"));
        Path tree = Files.createSymbolicLink(directory.resolve("tree"), outside.getParent());
        DirectoryTree.delete(tree);
        assertThat(Files.exists(tree, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(outside).exists();
    }

    @Test
    void what_was_opened_is_emptied_though_a_link_took_its_parents_place() throws Exception {
        Path victim = Files.createDirectories(directory.resolve("victim/n1/inner"));
        Path runtime = Files.createDirectory(directory.resolve("runtime"));
        Files.createDirectory(runtime.resolve("n1"));
        try (var opened = DirectoryTree.open(runtime)) {
            Files.move(runtime, directory.resolve("moved"));
            Files.createSymbolicLink(runtime, directory.resolve("victim"));
            DirectoryTree.delete(opened, Path.of("n1"));
        }
        assertThat(victim).exists();
        assertThat(directory.resolve("moved/n1")).doesNotExist();
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
