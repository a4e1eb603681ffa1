/**
 * How the program itself is set up: logging. The one package that knows the logging library.
 * Imports nothing of Erlust.
 */
@NullMarked
package io.erlust.config;

import org.jspecify.annotations.NullMarked;
