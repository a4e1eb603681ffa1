/**
 * Events: what becomes of runs, told to a message broker as CloudEvents, durably and in order for a
 * job. Knows no broker: an {@code EventSink} does. Imports jobs, jobs.spec, store, json, lifecycle,
 * time.
 */
@NullMarked
package io.erlust.events;

import org.jspecify.annotations.NullMarked;
