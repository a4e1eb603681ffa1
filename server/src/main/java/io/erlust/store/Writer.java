package io.erlust.store;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * The writer thread. Takes what is waiting, runs it in one transaction, commits once. A work that
 * fails is rolled back alone (a savepoint); a commit that fails fails them all, and the next batch
 * begins on a new connection.
 */
final class Writer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Writer.class);

    /** Bounds how long a commit takes, so also how long the first work of a batch waits. */
    private static final int BATCH_MAX = 512;

    private final Connections connections;
    private final Consumer<Throwable> failures;
    private final LinkedBlockingQueue<Pending<?>> waiting = new LinkedBlockingQueue<>();
    private final Thread thread;
    private final AtomicLong commits = new AtomicLong();
    private final AtomicLong works = new AtomicLong();
    private final AtomicLong failedCommits = new AtomicLong();
    private volatile Optional<String> trouble = Optional.empty();
    private @Nullable Handle handle;
    private boolean closing;

    /** @param failures is told of every failure before anybody is answered */
    Writer(Connections connections, Consumer<Throwable> failures) {
        this.connections = connections;
        this.failures = failures;
        connect();
        thread = Thread.ofPlatform().name("store-writer").start(this::loop);
    }

    <T extends @Nullable Object> CompletableFuture<T> submit(Work<T> work) {
        Pending<T> pending = new Pending<>(work);
        synchronized (this) {
            if (closing) {
                pending.fail(new StoreException(StoreException.Kind.UNAVAILABLE, "closing"));
                return pending.future;
            }
            waiting.add(pending);
        }
        return pending.future;
    }

    private void loop() {
        List<Pending<?>> batch = new ArrayList<>();
        while (true) {
            try {
                batch.add(waiting.take());
            } catch (InterruptedException e) {
                continue; // nobody interrupts this thread; close() submits a last work instead
            }
            waiting.drainTo(batch, BATCH_MAX - 1);
            boolean last = batch.removeIf(pending -> pending.work instanceof Close);
            commit(batch);
            batch.clear();
            if (last) {
                disconnect();
                return;
            }
        }
    }

    private void commit(List<Pending<?>> batch) {
        List<Pending<?>> done = new ArrayList<>(batch.size());
        try {
            Handle tx = connect();
            for (Pending<?> pending : batch) {
                if (runOne(tx, pending)) {
                    done.add(pending);
                }
            }
            tx.getConnection().commit();
        } catch (Exception | Error e) { // an Error too: without this thread nothing works any more
            failures.accept(e);
            StoreException why = StoreException.of(e);
            if (trouble.isEmpty()) { // said once, not with each of the retries that follow
                log.error("nothing can be stored now: {}", why.getMessage());
            }
            failedCommits.incrementAndGet();
            trouble = Optional.of(String.valueOf(why.getMessage()));
            disconnect();
            batch.forEach(pending -> pending.fail(why));
            return;
        }
        commits.incrementAndGet();
        works.addAndGet(done.size());
        if (trouble.isPresent()) {
            log.info("the store works again");
        }
        trouble = Optional.empty();
        done.forEach(Pending::succeed);
    }

    /**
     * False when the work failed and was undone; throws when the transaction is no longer usable.
     */
    private boolean runOne(Handle tx, Pending<?> pending) throws SQLException {
        var savepoint = tx.getConnection().setSavepoint();
        try {
            pending.run(tx);
            tx.getConnection().releaseSavepoint(savepoint);
            return true;
        } catch (Exception | Error e) { // out of memory: most likely this work's own size
            failures.accept(e);
            tx.getConnection().rollback(savepoint);
            boolean known = e instanceof RuntimeException && !isSql(e);
            pending.fail(known ? (RuntimeException) e : StoreException.of(e));
            return false;
        }
    }

    Database.Counts counts() {
        return new Database.Counts(commits.get(), works.get(), failedCommits.get());
    }

    Optional<String> trouble() {
        return trouble;
    }

    private Handle connect() {
        Handle open = handle;
        if (open == null) {
            try {
                Connection connection = connections.writing();
                open = Jdbi.create(connection).open();
                handle = open;
            } catch (SQLException e) {
                throw StoreException.of(e);
            }
        }
        return open;
    }

    private void disconnect() {
        Handle open = handle;
        handle = null;
        if (open != null) {
            try {
                Connection connection = open.getConnection();
                connection.rollback();
                connection.close();
            } catch (SQLException e) {
                log.warn("closing the writer's connection: {}", e.getMessage());
            }
        }
    }

    private static boolean isSql(Throwable e) {
        return e instanceof org.jdbi.v3.core.JdbiException || e instanceof SQLException;
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closing) {
                return;
            }
            closing = true;
            waiting.add(new Pending<>(new Close()));
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Not a work: the last thing the loop takes. */
    private record Close() implements Work<Boolean> {
        @Override
        public Boolean run(Handle tx) {
            return true;
        }
    }

    /** A work on its way. */
    private static final class Pending<T extends @Nullable Object> {
        private final Work<T> work;
        private final CompletableFuture<T> future = new CompletableFuture<>();
        private @Nullable T result;

        Pending(Work<T> work) {
            this.work = work;
        }

        void run(Handle tx) throws Exception {
            result = work.run(tx);
        }

        @SuppressWarnings("NullAway") // result is a T: run() has returned
        void succeed() {
            try {
                work.committed(result);
            } catch (RuntimeException | Error e) {
                log.error("after a commit", e);
            }
            future.complete(result);
        }

        void fail(RuntimeException why) {
            if (future.isDone()) {
                return;
            }
            try {
                work.rolledBack(StoreException.of(why));
            } catch (RuntimeException | Error e) {
                log.error("after a rollback", e);
            }
            future.completeExceptionally(why);
        }
    }
}
