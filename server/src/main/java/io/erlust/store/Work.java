package io.erlust.store;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * A unit of writing. {@link #run} is called on the writer thread inside a transaction it shares
 * with other works; then exactly one of {@link #committed} and {@link #rolledBack}, on the same
 * thread. So memory that mirrors the database changes in {@code committed}, never in {@code run}.
 */
@FunctionalInterface
public interface Work<T extends @Nullable Object> {
    T run(Handle tx) throws Exception;

    /** The work is on disk. Must be quick and must not throw. */
    default void committed(T result) {}

    /** Nothing of the work is stored. Must be quick and must not throw. */
    default void rolledBack(StoreException why) {}
}
