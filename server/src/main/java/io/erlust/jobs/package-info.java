/**
 * Jobs, their states, their results and their events. Knows none of its listeners. Imports store,
 * json, time.
 */
@NullMarked
package io.erlust.jobs;

import org.jspecify.annotations.NullMarked;
