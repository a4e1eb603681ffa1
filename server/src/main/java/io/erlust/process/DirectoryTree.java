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
import java.util.Objects;

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

    /** Deletes the tree; no matter if it does not exist. A link in its place is deleted alone. */
    public static void delete(Path directory) throws IOException {
        Path absolute = directory.toAbsolutePath();
        try (SecureDirectoryStream<Path> parent =
                open(Objects.requireNonNull(absolute.getParent(), "not the root"))) {
            delete(parent, absolute.getFileName());
        } catch (NoSuchFileException _) {
            return;
        }
    }

    /** The same in a directory that was opened before anybody could put another in its place. */
    public static void delete(SecureDirectoryStream<Path> parent, Path name) throws IOException {
        try {
            if (!isDirectory(parent, name)) {
                parent.deleteFile(name);
                return;
            }
            try (SecureDirectoryStream<Path> root =
                    parent.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
                new DirectoryTree(root).emptyRoot();
            }
            parent.deleteDirectory(name);
        } catch (NoSuchFileException _) {
            return;
        }
    }

    /** Opens a directory so that what is in it can be reached whatever becomes of its path. */
    @SuppressWarnings("StreamResourceLeak") // the caller closes it
    public static SecureDirectoryStream<Path> open(Path directory) throws IOException {
        DirectoryStream<Path> stream = Files.newDirectoryStream(directory);
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return secure;
        }
        stream.close();
        throw new IOException("this platform can't delete " + directory + " safely");
    }

    private void emptyRoot() throws IOException {
        int before;
        do {
            before = moved;
            try (SecureDirectoryStream<Path> again = root.newDirectoryStream(Path.of("."))) {
                empty(again, 0);
            }
        } while (moved > before);
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
