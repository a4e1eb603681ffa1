/**
 * Durable queues of JSON items: parcels, dispatch with windows, drained, retries and dead items.
 * Imports store, json, time.
 */
@NullMarked
package io.erlust.queues;

import org.jspecify.annotations.NullMarked;
