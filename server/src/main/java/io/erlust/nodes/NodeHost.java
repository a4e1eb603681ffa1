package io.erlust.nodes;

import io.erlust.nodes.sandbox.Isolation;
import io.erlust.process.Spawner;
import io.erlust.time.MonotonicClock;

import java.time.Duration;

/**
 * What the machine gives nodes: processes, isolation, directories, interpreters, logs, time.
 *
 * @param startTimeout how long a process may take from its start to its {@code hello}
 */
public record NodeHost(
        Spawner spawner,
        Isolation isolation,
        RuntimeDirectory runtime,
        Languages languages,
        NodeLogs logs,
        MonotonicClock clock,
        Duration startTimeout) {
    public static final Duration START_TIMEOUT = Duration.ofSeconds(60);
}
