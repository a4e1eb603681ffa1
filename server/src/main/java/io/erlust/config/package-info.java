/**
 * How the program itself is set up: its settings, read from a file, the environment and flags, and
 * its log. The one package that knows HOCON and the logging library. Knows no setting by name: the
 * server declares its own. Imports nothing of Erlust.
 */
@NullMarked
package io.erlust.config;

import org.jspecify.annotations.NullMarked;
