/**
 * The command line: one small class a command, over the public HTTP API only; but {@code serve} and
 * {@code demo} build the server. Imports json, time, and server for these two.
 */
@NullMarked
package io.erlust.cli;

import org.jspecify.annotations.NullMarked;
