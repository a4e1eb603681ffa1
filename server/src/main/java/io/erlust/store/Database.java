package io.erlust.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/**
 * The store of a server: one writer thread that commits many works at once (group commit), and
 * readers beside it. Works run in the order they were submitted, so what one thread submits first
 * is durable no later than what it submits next.
 */
public final class Database implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Database.class);
    static final int RESERVE_MIB = 64;

    /** Some 0.1 s; 1 s when the disk has to be read. */
    private static final long CHECKED_FIRST_BYTES_MAX = 256L << 20;

    /** Beyond, the check would keep the log from being emptied for too long: nothing is checked. */
    private static final long CHECKED_BYTES_MAX = 4L << 30;

    /** "Something on this side does not work", as of the command line. */
    private static final int DISK_FAULT_EXIT = 5;

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
        return open(config, Database::end);
    }

    /** @param fatal is told why the process must end, and ends it */
    static Database open(DatabaseConfig config, Consumer<String> fatal) {
        DirectoryLock lock = DirectoryLock.acquire(config.directory());
        try {
            Connections connections = new Connections(config);
            check(config, connections, fatal);
            Schema.migrate(config, connections);
            Writer writer = new Writer(
                    connections, failure -> DiskFault.in(failure, config).ifPresent(fatal));
            return new Database(config, lock, readers(config, connections), writer);
        } catch (RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    /** A big store is read through beside the work: a start must not take minutes. */
    private static void check(
            DatabaseConfig config, Connections connections, Consumer<String> fatal) {
        if (config.dialect() != Dialect.SQLITE) {
            return;
        }
        DiskFault.checkLog(config);
        if (config.file().toFile().length() <= CHECKED_FIRST_BYTES_MAX) {
            DiskFault.check(config, connections);
        } else if (config.file().toFile().length() <= CHECKED_BYTES_MAX) {
            Thread.ofPlatform().daemon().name("store-check").start(() -> {
                try {
                    DiskFault.check(config, connections);
                } catch (StoreException e) {
                    if (e.kind() == StoreException.Kind.REFUSED) {
                        fatal.accept(String.valueOf(e.getMessage()));
                    } else {
                        log.warn("the store can't be checked now: {}", e.getMessage());
                    }
                }
            });
        }
    }

    /**
     * At once, like a kill, which loses nothing: to answer anybody now could be a false promise.
     */
    private static void end(String why) {
        log.error("the server ends: {}", why);
        Runtime.getRuntime().halt(DISK_FAULT_EXIT);
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
        return join(submit(work));
    }

    /** Waits for a work that was submitted; throws what it failed with. */
    public static <T extends @Nullable Object> T join(CompletableFuture<T> submitted) {
        try {
            return submitted.join();
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

    /**
     * How much of the database is in use; free pages in its files are not. Cheap. Of PostgreSQL it
     * is an estimate by its statistics, which are some seconds behind.
     */
    public long usedBytes() {
        return read(handle ->
                handle.createQuery(dialect.usedBytes()).mapTo(Long.class).one());
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
