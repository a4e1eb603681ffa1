package io.erlust.nodes;

import io.erlust.nodes.sandbox.Cgroups;
import io.erlust.nodes.sandbox.Isolation;
import io.erlust.nodes.sandbox.Place;
import io.erlust.process.DirectoryTree;
import io.erlust.process.Leftovers;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * Where a life of the server keeps its nodes' sockets and scratch: a short path (a Unix socket's
 * has 108 bytes at most) that other users can pass, not list. {@code <data>/runtime} names it, so
 * that the next life can end the processes and delete the files that this one leaves behind.
 */
public final class RuntimeDirectory implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RuntimeDirectory.class);
    private static final String PREFIX = "erlust-";
    private static final Pattern NAME = Pattern.compile(PREFIX + "[0-9]+");
    private static final String PYTHON = "erlust_node.py";
    private static final int PATH_MAX = 80;

    /** Nodes may be other users: they can pass it, and read what they are to read. */
    private static final Set<PosixFilePermission> PASSABLE =
            PosixFilePermissions.fromString("rwx--x--x");

    private static final Set<PosixFilePermission> READABLE =
            PosixFilePermissions.fromString("rwxr-xr-x");

    private final Path record;
    private final Path path;

    /** What is deleted in it is reached from here: a node may put a link where the path was. */
    private final SecureDirectoryStream<Path> opened;

    private final AtomicLong nodes = new AtomicLong();

    private RuntimeDirectory(Path record, Path path) throws IOException {
        this.record = record;
        this.path = path;
        this.opened = DirectoryTree.open(path);
    }

    /**
     * Cleans up after the life before, then makes a new directory. The data must be locked by us.
     */
    public static RuntimeDirectory open(Path data) {
        Path record = data.resolve("runtime");
        try {
            cleanUp(record);
            Path path = newPath();
            // named before it is made: a server killed in between leaves nothing that nobody knows
            Files.writeString(record, path.toString());
            Files.createDirectory(path, PosixFilePermissions.asFileAttribute(PASSABLE));
            Files.setPosixFilePermissions(path, PASSABLE); // whatever our umask is
            RuntimeDirectory runtime = new RuntimeDirectory(record, path);
            runtime.extractLibraries();
            return runtime;
        } catch (IOException e) {
            String why = "no runtime directory for the nodes: " + e.getMessage();
            throw new UncheckedIOException(why, e);
        }
    }

    /** Random, so nobody else can have made it; if somebody did, making it fails. */
    private static Path newPath() throws IOException {
        String name = PREFIX + Long.toUnsignedString(new SecureRandom().nextLong());
        Path path = Path.of(System.getProperty("java.io.tmpdir")).toRealPath().resolve(name);
        // java.io.tmpdir may be too deep for a socket's path, or closed to other users
        return path.toString().length() > PATH_MAX || !isOpen(path)
                ? Path.of("/tmp").toRealPath().resolve(name)
                : path;
    }

    private static boolean isOpen(Path directory) throws IOException {
        for (Path path = directory.getParent(); path != null; path = path.getParent()) {
            if (!Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_EXECUTE)) {
                return false;
            }
        }
        return true;
    }

    private static void cleanUp(Path record) throws IOException {
        if (!Files.exists(record)) {
            return;
        }
        Path old = Path.of(Files.readString(record).strip());
        // the record is ours, but deleting what a damaged one names would be worse than a leftover
        if (!old.isAbsolute()
                || !NAME.matcher(String.valueOf(old.getFileName())).matches()) {
            log.warn("{} names {}, which is not a runtime directory: left alone", record, old);
            return;
        }
        int killed = Leftovers.kill(Isolation.SOCKET_VARIABLE, old);
        killed += Cgroups.removeLeftovers(old.getFileName().toString());
        if (killed > 0) {
            log.warn("killed {} processes that an earlier life of this server left behind", killed);
        }
        delete(old);
    }

    private void extractLibraries() throws IOException {
        readable(libraries());
        Path target = readable(library("python")).resolve(PYTHON);
        String resource = "/clients/python/" + PYTHON;
        try (InputStream in = RuntimeDirectory.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the jar has no " + resource + ": build it again");
            }
            Files.copy(in, target);
            Files.setPosixFilePermissions(target, READABLE);
        }
    }

    private static Path readable(Path directory) throws IOException {
        Files.createDirectory(directory);
        return Files.setPosixFilePermissions(directory, READABLE);
    }

    /** No other server's, nor another life's of this one, has this name. */
    public String name() {
        return path.getFileName().toString();
    }

    Path path() {
        return path;
    }

    /** Makes a directory that nodes can read, for what all of them need. */
    public Path makeShared() throws IOException {
        return readable(path.resolve("shared"));
    }

    /** The node libraries of all languages. */
    Path libraries() {
        return path.resolve("lib");
    }

    Path library(String language) {
        return libraries().resolve(language);
    }

    /** For a process that is no node and connects to nothing. */
    NodeDirectory newTrial() throws IOException {
        NodeDirectory directory = newNode();
        Files.createFile(directory.socket());
        return directory;
    }

    /** The same, for whoever deletes its directory. */
    public Place trialPlace() {
        try {
            return newTrial().place();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    NodeDirectory newNode() throws IOException {
        while (true) {
            long number = nodes.incrementAndGet();
            try {
                return NodeDirectory.create(this, number, path.resolve("n" + number));
            } catch (FileAlreadyExistsException _) {
                // whoever put something there does not get this one
            }
        }
    }

    /** Deletes what a node had, whatever it put there. */
    void delete(NodeDirectory node) {
        try {
            DirectoryTree.delete(opened, node.path().getFileName());
        } catch (IOException e) {
            log.warn("{} could not be deleted: {}", node.path(), e.toString());
        }
    }

    private static void delete(Path directory) {
        try {
            DirectoryTree.delete(directory);
        } catch (IOException e) {
            log.warn("{} could not be deleted: {}", directory, e.toString());
        }
    }

    /** Ends whatever still runs in it, and deletes it. */
    @Override
    public void close() {
        Leftovers.kill(Isolation.SOCKET_VARIABLE, path);
        delete(path);
        try {
            opened.close();
            Files.deleteIfExists(record);
        } catch (IOException e) {
            log.warn("{} could not be deleted: {}", record, e.toString());
        }
    }
}
