package io.erlust.server;

import io.erlust.callbacks.CallbackDispatcher;
import io.erlust.metrics.Metrics;
import io.erlust.nodes.NodePool;
import io.erlust.retention.Retention;
import io.erlust.store.Database;
import io.erlust.supervision.JobRunner;

/** The figures of the parts that don't count for themselves. */
final class ServerMetrics {
    private ServerMetrics() {}

    static void register(
            Metrics metrics,
            Database database,
            CallbackDispatcher callbacks,
            JobRunner runner,
            NodePool nodes,
            Retention retention) {
        metrics.counted(
                "erlust_store_commits", "Commits", () -> database.counts().commits());
        metrics.counted(
                "erlust_store_works", "Works committed", () -> database.counts().works());
        metrics.counted(
                "erlust_store_failed_commits",
                "Commits that failed",
                () -> database.counts().failedCommits());
        metrics.gauge("erlust_jobs_running", "Jobs that run now", runner::runningJobs);
        metrics.gauge("erlust_spares", "Processes that are ready for a node", nodes::spares);
        metrics.gauge("erlust_processes_starting", "Processes that start", nodes::starting);
        metrics.gauge("erlust_nodes_free", "Nodes that could be started now", runner::freeNodes);
        metrics.counted(
                "erlust_callbacks_delivered",
                "Callbacks answered with 2xx",
                () -> callbacks.counters().delivered());
        metrics.counted(
                "erlust_callbacks_failed_attempts",
                "Attempts that ended otherwise",
                () -> callbacks.counters().failedAttempts());
        metrics.gauge(
                "erlust_callbacks_pending", "Callbacks not delivered yet", callbacks::pending);
        metrics.counted(
                "erlust_pruned_runs",
                "Runs that were not to be kept longer",
                retention::prunedRuns);
        metrics.counted(
                "erlust_pruned_logs",
                "Runs of which the log was not to be kept longer",
                retention::prunedLogs);
    }
}
