package io.erlust.server;

import io.erlust.jobs.spec.JobSpec;
import io.erlust.nodes.StartPayload;

import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The payloads of the runs that have nodes now: made for a run's first node, shared by the others,
 * and kept by the nodes alone. The nodes of one run are started by one thread, so none is made
 * twice.
 */
final class StartPayloads {
    private record Run(long serial, int run) {}

    private final Map<Run, WeakReference<StartPayload>> made = new ConcurrentHashMap<>();

    StartPayload of(long serial, int run, JobSpec spec) {
        Run key = new Run(serial, run);
        WeakReference<StartPayload> known = made.get(key);
        StartPayload payload = known == null ? null : known.get();
        if (payload == null) {
            made.values().removeIf(each -> each.refersTo(null));
            payload = StartPayload.of(spec.source(), spec.args());
            made.put(key, new WeakReference<>(payload));
        }
        return payload;
    }
}
