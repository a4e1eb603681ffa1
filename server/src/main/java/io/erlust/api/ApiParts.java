package io.erlust.api;

import io.erlust.callbacks.CallbackDispatcher;
import io.erlust.callbacks.TargetGuard;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.Results;
import io.erlust.jobs.spec.JobSpecReader;
import io.erlust.metrics.Metrics;
import io.erlust.nodes.NodeLogs;
import io.erlust.queues.Queues;
import io.erlust.time.MonotonicClock;

/**
 * What the API stands on.
 *
 * @param eventLog already listening to the job events
 * @param targets says of a callback URL at once when it could never be called
 */
public record ApiParts(
        Jobs jobs,
        JobSpecReader specs,
        Results results,
        JobEventLog eventLog,
        LiveJobs live,
        Queues queues,
        CallbackDispatcher callbacks,
        TargetGuard targets,
        NodeLogs logs,
        ServerFacts server,
        Metrics metrics,
        MonotonicClock clock) {
    /** The longest a request may wait for something to happen. */
    static final int WAIT_SECONDS_MAX = 60;
}
