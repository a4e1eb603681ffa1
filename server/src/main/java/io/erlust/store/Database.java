package io.erlust.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The store of a server: one writer thread that commits many works at once (group commit), and
 * readers beside it. Works run in the order they were submitted, so what one thread submits first
 * is durable no later than what it submits next.
 */
public final class Database implements AutoCloseable {
    static final int RESERVE_MIB = 64;

    private final Dialect dialect;
    private final Path directory;
    private final DirectoryLock lock;
    private final HikariDataSource readers;
    private final Jdbi reading;
    private final Writer writer;

    private Database(
            DatabaseConfig config, DirectoryLock lock, HikariDataSource readers, Writer writer) {
        this.dialect = config.dialect();
        this.directory = config.directory();
        this.lock = lock;
        this.readers = readers;
        this.reading = Jdbi.create(readers);
        this.writer = writer;
    }

    /**
     * Opens the store, makes or migrates the schema.
     *
     * @throws StoreException REFUSED when another server has it open or a newer Erlust wrote it
     */
    public static Database open(DatabaseConfig config) {
        DirectoryLock lock = DirectoryLock.acquire(config.directory());
        try {
            Connections connections = new Connections(config);
            Schema.migrate(config, connections);
            Writer writer = new Writer(connections);
            return new Database(config, lock, readers(config, connections), writer);
        } catch (RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    private static HikariDataSource readers(DatabaseConfig config, Connections connections) {
        HikariConfig pool = new HikariConfig();
        pool.setPoolName("readers");
        pool.setDataSource(connections.plain());
        pool.setMaximumPoolSize(config.readers());
        pool.setMinimumIdle(0);
        pool.setInitializationFailTimeout(-1);
        pool.setConnectionTimeout(10_000);
        return new HikariDataSource(pool);
    }

    /**
     * Refuses new work while the disk is nearly full, so that what was accepted can be finished.
     *
     * @throws StoreException FULL when less than {@value #RESERVE_MIB} MiB are left
     */
    public void requireSpace() {
        long left = directory.toFile().getUsableSpace() >> 20;
        if (dialect == Dialect.SQLITE && left < RESERVE_MIB) {
            throw new StoreException(
                    StoreException.Kind.FULL,
                    "the disk of the data directory has " + left + " MiB left, and the last "
                            + RESERVE_MIB + " are kept for finishing what was accepted: free some");
        }
    }

    /**
     * Queues a work for the writer; the future completes after its commit, or with a
     * StoreException.
     */
    public <T extends @Nullable Object> CompletableFuture<T> submit(Work<T> work) {
        return writer.submit(work);
    }

    /** Queues a work that looks after its own outcome. */
    public <T extends @Nullable Object> void enqueue(Work<T> work) {
        var _ = writer.submit(work);
    }

    /** Runs a work and waits until it is on disk. Not to be called from the writer thread. */
    public <T extends @Nullable Object> T write(Work<T> work) {
        try {
            return submit(work).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                cause.addSuppressed(new Throwable("asked for here"));
                throw cause;
            }
            throw e;
        }
    }

    /** Reads a consistent state that includes every write that returned before. */
    public <T extends @Nullable Object, X extends Exception> T read(HandleCallback<T, X> query)
            throws X {
        try {
            return reading.withHandle(query);
        } catch (org.jdbi.v3.core.JdbiException e) {
            throw StoreException.of(e);
        }
    }

    /** What the writer did since the start. */
    public record Counts(long commits, long works, long failedCommits) {}

    public Counts counts() {
        return writer.counts();
    }

    /** Why new work can't be stored now; empty when it can. */
    public Optional<String> trouble() {
        try {
            requireSpace();
            return writer.trouble();
        } catch (StoreException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** Finishes the works already submitted, then closes. */
    @Override
    public void close() {
        writer.close();
        readers.close();
        lock.close();
    }
}
