package io.erlust.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Deletes directories that user code could write. Nothing is reached by its path, so no symbolic
 * link, planted before or meanwhile, leads out of the tree; a link itself is deleted, not followed.
 */
public final class DirectoryTree {
    /** A tree deeper than this is flattened while it is deleted: each level costs an open file. */
    private static final int DEPTH_MAX = 50;

    private final SecureDirectoryStream<Path> root;
    private int moved;

    private DirectoryTree(SecureDirectoryStream<Path> root) {
        this.root = root;
    }

    /** Deletes the tree; no matter if it does not exist. */
    public static void delete(Path directory) throws IOException {
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            if (!(stream instanceof SecureDirectoryStream<Path> secure)) {
                throw new IOException("this platform can't delete " + directory + " safely");
            }
            DirectoryTree tree = new DirectoryTree(secure);
            int before;
            do {
                before = tree.moved;
                try (SecureDirectoryStream<Path> again = secure.newDirectoryStream(Path.of("."))) {
                    tree.empty(again, 0);
                }
            } while (tree.moved > before);
        } catch (NoSuchFileException _) {
            return;
        }
        Files.delete(directory);
    }

    private void empty(SecureDirectoryStream<Path> directory, int depth) throws IOException {
        directory
                .getFileAttributeView(PosixFileAttributeView.class)
                .setPermissions(PosixFilePermissions.fromString("rwx------"));
        for (Path entry : directory) {
            Path name = entry.getFileName();
            if (!isDirectory(directory, name)) {
                directory.deleteFile(name);
            } else if (depth >= DEPTH_MAX) {
                directory.move(name, root, Path.of("moved-up-" + moved++));
            } else {
                try (SecureDirectoryStream<Path> inner =
                        directory.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
                    empty(inner, depth + 1);
                }
                directory.deleteDirectory(name);
            }
        }
    }

    private static boolean isDirectory(SecureDirectoryStream<Path> directory, Path name)
            throws IOException {
        return directory
                .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes()
                .isDirectory();
    }
}
