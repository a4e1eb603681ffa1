/**
 * The database: SQLite inside, or PostgreSQL; one writer with group commit, readers beside it.
 * Imports nothing of Erlust.
 */
@NullMarked
package io.erlust.store;

import org.jspecify.annotations.NullMarked;
