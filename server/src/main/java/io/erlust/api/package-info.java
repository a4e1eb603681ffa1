/**
 * The HTTP API: the route table and one class a resource, which parses, calls and renders. Imports
 * jobs, jobs.spec, queues, nodes, callbacks, and of tier 0 json, store (its errors), metrics, time;
 * {@code http} has the mechanics.
 */
@NullMarked
package io.erlust.api;

import org.jspecify.annotations.NullMarked;
