/** When a job may start: moves scheduled jobs to available. Imports jobs, store, time. */
@NullMarked
package io.erlust.schedule;

import org.jspecify.annotations.NullMarked;
