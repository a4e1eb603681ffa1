/**
 * Clocks, and how fast things go by them: wall time decides `when` and what people read; monotonic
 * time decides everything else. Schedules: the instants at which a cron expression is due on the
 * wall clock of a time zone. Imports cron-utils, and no package of ours.
 */
@NullMarked
package io.erlust.time;

import org.jspecify.annotations.NullMarked;
