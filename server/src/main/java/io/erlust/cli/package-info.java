/**
 * The command line: one small class a command, over the public HTTP API only; but {@code serve} and
 * {@code demo} build the server, and {@code config} knows its settings. Imports json, time, process
 * (to delete directories and find python3), config, and for these three server and the errors of
 * store.
 */
@NullMarked
package io.erlust.cli;

import org.jspecify.annotations.NullMarked;
