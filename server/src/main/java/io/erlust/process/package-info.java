/**
 * Operating-system processes: launch, kill the tree, exit facts, what an earlier server left
 * behind. Imports nothing of Erlust.
 */
@NullMarked
package io.erlust.process;

import org.jspecify.annotations.NullMarked;
