package io.erlust.nodes;

import io.erlust.process.Spawner;
import io.erlust.time.MonotonicClock;

/** What the machine gives nodes: processes, directories, interpreters, logs, time. */
public record NodeHost(
        Spawner spawner,
        RuntimeDirectory runtime,
        Languages languages,
        NodeLogs logs,
        MonotonicClock clock) {}
