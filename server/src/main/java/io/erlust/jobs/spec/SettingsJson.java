package io.erlust.jobs.spec;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.Duration;
import java.util.Optional;

/** How a spec's restart rules and what its nodes may do are stored, see {@link JobSpecJson}. */
final class SettingsJson {
    private SettingsJson() {}

    static void restart(ObjectNode json, Restart restart) {
        json.put("intensity", restart.intensity());
        json.put("period_ms", restart.period().toMillis());
        json.put("shutdown_ms", restart.shutdown().toMillis());
        Words.put(json, "strategy", restart.strategy(), Restart.DEFAULT.strategy());
        Words.put(json, "type", restart.type(), Restart.DEFAULT.type());
        Words.put(json, "auto_shutdown", restart.autoShutdown(), Restart.DEFAULT.autoShutdown());
        if (restart.rerunCompleted()) {
            json.put("rerun_completed", true);
        }
    }

    static Restart readRestart(JsonNode json) {
        return new Restart(
                Words.stored(json, "strategy", Restart.DEFAULT.strategy()),
                Words.stored(json, "type", Restart.DEFAULT.type()),
                json.path("intensity").intValue(),
                Duration.ofMillis(json.path("period_ms").longValue()),
                Duration.ofMillis(json.path("shutdown_ms").longValue()),
                Words.stored(json, "auto_shutdown", Restart.DEFAULT.autoShutdown()),
                json.has("rerun_completed"));
    }

    static void node(ObjectNode json, NodeSettings settings) {
        if (settings.network()) {
            json.put("network", true);
        }
        Limits limits = settings.limits();
        if (!limits.equals(Limits.DEFAULT)) {
            json.putObject("limits")
                    .put("memory_bytes", limits.memoryBytes())
                    .put("processes", limits.processes())
                    .put("cpus", limits.cpus())
                    .put("open_files", limits.openFiles())
                    .put("scratch_bytes", limits.scratchBytes());
        }
        settings.itemTimeout()
                .ifPresent(timeout -> json.put("item_timeout_ms", timeout.toMillis()));
        if (!settings.startTimeout().equals(NodeSettings.START_TIMEOUT)) {
            json.put("start_timeout_ms", settings.startTimeout().toMillis());
        }
    }

    static NodeSettings readNode(JsonNode json) {
        return new NodeSettings(
                json.has("network"),
                Optional.ofNullable(json.get("limits"))
                        .map(SettingsJson::readLimits)
                        .orElse(Limits.DEFAULT),
                Optional.ofNullable(json.get("item_timeout_ms"))
                        .map(millis -> Duration.ofMillis(millis.longValue())),
                Optional.ofNullable(json.get("start_timeout_ms"))
                        .map(millis -> Duration.ofMillis(millis.longValue()))
                        .orElse(NodeSettings.START_TIMEOUT));
    }

    private static Limits readLimits(JsonNode json) {
        return new Limits(
                json.path("memory_bytes").longValue(),
                json.path("processes").intValue(),
                json.path("cpus").doubleValue(),
                json.path("open_files").intValue(),
                json.path("scratch_bytes").longValue());
    }
}
