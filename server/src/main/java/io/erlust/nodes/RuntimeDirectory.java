package io.erlust.nodes;

import io.erlust.process.DirectoryTree;
import io.erlust.process.Leftovers;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a life of the server keeps its nodes' sockets and scratch: a short path (a Unix socket's
 * has 108 bytes at most) that only this user can enter. {@code <data>/runtime} names it, so that
 * the next life can end the processes and delete the files that this one leaves behind.
 */
public final class RuntimeDirectory implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RuntimeDirectory.class);
    private static final String PREFIX = "erlust-";
    private static final String PYTHON = "erlust_node.py";
    private static final int PATH_MAX = 80;

    private final Path record;
    private final Path path;
    private final AtomicLong nodes = new AtomicLong();

    private RuntimeDirectory(Path record, Path path) {
        this.record = record;
        this.path = path;
    }

    /**
     * Cleans up after the life before, then makes a new directory. The data must be locked by us.
     */
    public static RuntimeDirectory open(Path data) {
        Path record = data.resolve("runtime");
        try {
            cleanUp(record);
            Path made = Files.createTempDirectory(PREFIX);
            if (made.toString().length() > PATH_MAX) {
                // -Djava.io.tmpdir is too deep for a socket's path
                Files.delete(made);
                made = Files.createTempDirectory(Path.of("/tmp"), PREFIX);
            }
            Path path = made.toRealPath();
            Files.writeString(record, path.toString());
            RuntimeDirectory runtime = new RuntimeDirectory(record, path);
            runtime.extractLibraries();
            return runtime;
        } catch (IOException e) {
            String why = "no runtime directory for the nodes: " + e.getMessage();
            throw new UncheckedIOException(why, e);
        }
    }

    private static void cleanUp(Path record) throws IOException {
        if (!Files.exists(record)) {
            return;
        }
        Path old = Path.of(Files.readString(record).strip());
        // the record is ours, but deleting what a damaged one names would be worse than a leftover
        if (!old.isAbsolute() || !String.valueOf(old.getFileName()).startsWith(PREFIX)) {
            log.warn("{} names {}, which is not a runtime directory: left alone", record, old);
            return;
        }
        int killed = Leftovers.kill(NodeDirectory.SOCKET_VARIABLE, old);
        if (killed > 0) {
            log.warn("killed {} processes that an earlier life of this server left behind", killed);
        }
        delete(old);
    }

    private void extractLibraries() throws IOException {
        Path target = Files.createDirectory(library("python")).resolve(PYTHON);
        String resource = "/clients/python/" + PYTHON;
        try (InputStream in = RuntimeDirectory.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the jar has no " + resource + ": build it again");
            }
            Files.copy(in, target);
        }
    }

    Path path() {
        return path;
    }

    Path library(String language) {
        return path.resolve(language);
    }

    NodeDirectory newNode() throws IOException {
        while (true) {
            Path node = path.resolve("n" + nodes.incrementAndGet());
            try {
                return NodeDirectory.create(node);
            } catch (FileAlreadyExistsException _) {
                // a node put something there; it does not get this one
            }
        }
    }

    static void delete(Path directory) {
        try {
            DirectoryTree.delete(directory);
        } catch (IOException e) {
            log.warn("{} could not be deleted: {}", directory, e.toString());
        }
    }

    /** Ends whatever still runs in it, and deletes it. */
    @Override
    public void close() {
        Leftovers.kill(NodeDirectory.SOCKET_VARIABLE, path);
        delete(path);
        try {
            Files.deleteIfExists(record);
        } catch (IOException e) {
            log.warn("{} could not be deleted: {}", record, e.toString());
        }
    }
}
