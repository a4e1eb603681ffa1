/** Threads that work in rounds: started, woken, stopped. Imports nothing of Erlust. */
@NullMarked
package io.erlust.lifecycle;

import org.jspecify.annotations.NullMarked;
