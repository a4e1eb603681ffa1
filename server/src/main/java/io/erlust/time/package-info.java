/**
 * Clocks: wall time decides `when` and what people read; monotonic time decides everything else.
 * Imports nothing.
 */
@NullMarked
package io.erlust.time;

import org.jspecify.annotations.NullMarked;
