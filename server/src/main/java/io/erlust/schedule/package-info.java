/** When a job may start: moves scheduled jobs to available. Imports jobs. */
@NullMarked
package io.erlust.schedule;

import org.jspecify.annotations.NullMarked;
