package io.erlust.store;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** One server a data directory: an operating-system lock, gone when its process is. */
final class DirectoryLock implements AutoCloseable {
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    static DirectoryLock acquire(Path directory) {
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(directory, OWNER_ONLY); // it will hold sources and secrets
            }
            FileChannel channel = FileChannel.open(
                    directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                channel.close();
                throw new StoreException(
                        StoreException.Kind.REFUSED,
                        "another server is running on the data directory " + directory
                                + "; stop it, or give this one its own with --data DIR");
            }
            return new DirectoryLock(channel);
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    "the data directory " + directory + " can't be used: " + e,
                    e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // another server in this very process (tests)
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new StoreException(StoreException.Kind.FAILED, "closing the lock file: " + e, e);
        }
    }
}
