/**
 * JSON in and out, strict. The one package that knows the JSON library's settings. Imports nothing
 * of Erlust.
 */
@NullMarked
package io.erlust.json;

import org.jspecify.annotations.NullMarked;
