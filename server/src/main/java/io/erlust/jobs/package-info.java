/**
 * Jobs as they live: their states, their runs, their results and their events. Knows none of its
 * listeners. Imports jobs.spec, store, json, time.
 */
@NullMarked
package io.erlust.jobs;

import org.jspecify.annotations.NullMarked;
