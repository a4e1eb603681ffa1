package io.erlust.cli;

import io.erlust.server.Server;
import io.erlust.server.ServerConfig;
import io.erlust.store.StoreException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Starts the server in this process; what keeps it from starting is said in a sentence. */
final class StartedServer {
    private StartedServer() {}

    static Server start(ServerConfig config) {
        try {
            makePrivate(config.data());
            return Server.start(config);
        } catch (IOException e) {
            throw Failure.local("can't make the data directory " + config.data() + ": " + e);
        } catch (IllegalArgumentException | IllegalStateException | StoreException e) {
            throw Failure.local("the server can't start: " + e.getMessage());
        }
    }

    /**
     * A new data directory is its user's only: jobs' sources and secrets are in it. One that is
     * there keeps the rights somebody gave it.
     */
    private static void makePrivate(Path data) throws IOException {
        if (Files.exists(data)
                || !data.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return;
        }
        Path parent = data.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Files.createDirectory(
                data,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
}
