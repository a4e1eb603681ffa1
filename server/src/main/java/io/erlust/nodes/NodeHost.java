package io.erlust.nodes;

import io.erlust.nodes.sandbox.Isolation;
import io.erlust.process.Spawner;
import io.erlust.time.MonotonicClock;

/** What the machine gives nodes: processes, isolation, directories, interpreters, logs, time. */
public record NodeHost(
        Spawner spawner,
        Isolation isolation,
        RuntimeDirectory runtime,
        Languages languages,
        NodeLogs logs,
        MonotonicClock clock) {}
