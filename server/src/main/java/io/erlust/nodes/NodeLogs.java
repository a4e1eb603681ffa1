package io.erlust.nodes;

import io.erlust.process.DirectoryTree;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * What nodes print: {@code <data>/jobs/<serial>/run-<run>/node-<rank>.log}, bounded, kept over the
 * node's restarts.
 */
public final class NodeLogs {
    private static final String RUN = "run-";

    /** Files and directories take whole blocks of the disk; a run has two directories. */
    private static final long BLOCK_BYTES = 4096;

    private final Path data;
    private final LongAdder written = new LongAdder();

    private record Shared(NodeLog log, int users) {}

    /** The logs that somebody writes or follows. Guarded by this. */
    private final Map<Path, Shared> open = new HashMap<>();

    public NodeLogs(Path data) {
        this.data = data;
    }

    private Path directory(long serial) {
        return data.resolve("jobs").resolve(Long.toString(serial));
    }

    private Path directory(long serial, int run) {
        return directory(serial).resolve(RUN + run);
    }

    private Path file(long serial, int run, int rank) {
        return directory(serial, run).resolve("node-" + rank + ".log");
    }

    synchronized NodeLog open(long serial, int run, int rank) throws IOException {
        Path file = file(serial, run, rank);
        Shared shared = open.get(file);
        NodeLog log = shared == null ? new NodeLog(file, written) : shared.log;
        open.put(file, new Shared(log, shared == null ? 1 : shared.users + 1));
        return log;
    }

    synchronized void release(NodeLog log) {
        Shared shared = open.get(log.file());
        if (shared == null || shared.log != log) {
            return;
        }
        if (shared.users > 1) {
            open.put(log.file(), new Shared(log, shared.users - 1));
        } else {
            open.remove(log.file());
            log.close();
        }
    }

    /** All that is kept of a node's output, made safe to show. Empty when it printed nothing. */
    public String text(long serial, int run, int rank) {
        try (LogTail tail = follow(serial, run, rank)) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            long dropped = tail.dropped();
            for (byte[] part = tail.read(); part.length > 0; part = tail.read()) {
                all.writeBytes(part);
            }
            String text = LogText.clean(all.toByteArray());
            return dropped == 0
                    ? text
                    : "--- " + dropped + " bytes of earlier output were dropped\n" + text;
        }
    }

    /** Reads a node's output from its beginning and goes on as it is printed. To be closed. */
    public LogTail follow(long serial, int run, int rank) {
        try {
            return new LogTail(this, open(serial, run, rank));
        } catch (IOException e) {
            throw new UncheckedIOException("the log of node " + rank + ": " + e.getMessage(), e);
        }
    }

    /** How much was printed since the start of the server. */
    public long writtenBytes() {
        return written.sum();
    }

    /** The serials of jobs that printed something; not of the server's own node, which has 0. */
    public List<Long> jobs() throws IOException {
        return names(data.resolve("jobs"), "[1-9][0-9]{0,17}").stream()
                .map(Long::valueOf)
                .toList();
    }

    /** The runs of a job that printed something, and how much space that takes. */
    public Map<Integer, Long> runs(long serial) throws IOException {
        Map<Integer, Long> runs = new HashMap<>();
        for (String name : names(directory(serial), RUN + "[1-9][0-9]{0,8}")) {
            int run = Integer.parseInt(name.substring(RUN.length()));
            runs.put(run, spaceBytes(directory(serial, run)));
        }
        return runs;
    }

    private static long spaceBytes(Path run) throws IOException {
        long bytes = 2 * BLOCK_BYTES;
        for (String name : names(run, ".*")) {
            bytes += Math.ceilDiv(run.resolve(name).toFile().length(), BLOCK_BYTES) * BLOCK_BYTES;
        }
        return bytes;
    }

    private static List<String> names(Path directory, String pattern) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (name.matches(pattern)) {
                    names.add(name);
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    /** Deletes what the nodes of a run printed; answers how much space that took. */
    public long delete(long serial, int run) throws IOException {
        Path directory = directory(serial, run);
        if (!Files.exists(directory)) {
            return 0;
        }
        long bytes = spaceBytes(directory);
        DirectoryTree.delete(directory);
        try {
            Files.deleteIfExists(directory(serial));
        } catch (DirectoryNotEmptyException e) {
            return bytes; // there are other runs
        }
        return bytes;
    }

    /** Deletes all that was printed by a job that is gone. */
    public void deleteJob(long serial) throws IOException {
        DirectoryTree.delete(directory(serial));
    }
}
