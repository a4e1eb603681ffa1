/**
 * The composition root: wires everything by constructors and owns the order of start, quiet and
 * stop.
 */
@NullMarked
package io.erlust.server;

import org.jspecify.annotations.NullMarked;
