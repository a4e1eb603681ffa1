/**
 * The mechanics of HTTP: Jetty, routes, the guard at the door, problems, bodies, event streams.
 * Knows no jobs and no queues. Imports json, metrics, time.
 */
@NullMarked
package io.erlust.api.http;

import org.jspecify.annotations.NullMarked;
