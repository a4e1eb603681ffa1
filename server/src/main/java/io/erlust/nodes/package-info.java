/**
 * Nodes: processes that run user code, the protocol they speak, their logs, the languages they are
 * written in. Imports nodes.sandbox, process, queues, jobs, jobs.spec, store, json.
 */
@NullMarked
package io.erlust.nodes;

import org.jspecify.annotations.NullMarked;
