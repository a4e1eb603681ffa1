/**
 * What has ended goes after a time: prunes runs with their results and callbacks by age, number and
 * size, and the logs of nodes. Imports json, store, time.
 */
@NullMarked
package io.erlust.retention;

import org.jspecify.annotations.NullMarked;
