package io.erlust.jobs.spec;

import io.erlust.json.Fields;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.time.Duration;
import java.util.regex.Pattern;

/** Reads {@code network}, {@code limits}, {@code item_timeout_ms}, {@code start_timeout_ms}. */
final class NodeSettingsReader {
    private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,4}(\\.[0-9]{1,6})?");

    private NodeSettingsReader() {}

    static NodeSettings read(Fields job) {
        return new NodeSettings(
                job.bool("network").orElse(false),
                job.object("limits").map(NodeSettingsReader::limits).orElse(Limits.DEFAULT),
                job.integer("item_timeout_ms", 1, LifeReader.TIMEOUT_MAX.toMillis())
                        .map(Duration::ofMillis),
                job.integer(
                                "start_timeout_ms",
                                NodeSettings.START_TIMEOUT_MIN.toMillis(),
                                NodeSettings.START_TIMEOUT_MAX.toMillis())
                        .map(Duration::ofMillis)
                        .orElse(NodeSettings.START_TIMEOUT));
    }

    private static Limits limits(Fields limits) {
        Limits usual = Limits.DEFAULT;
        Limits read = new Limits(
                limits.integer("memory_bytes", Limits.MEMORY_BYTES_MIN, Limits.BYTES_MAX)
                        .orElse(usual.memoryBytes()),
                limits.integer("processes", 1, Limits.PROCESSES_MAX)
                        .map(Long::intValue)
                        .orElse(usual.processes()),
                cpus(limits),
                limits.integer("open_files", Limits.OPEN_FILES_MIN, Limits.OPEN_FILES_MAX)
                        .map(Long::intValue)
                        .orElse(usual.openFiles()),
                limits.integer("scratch_bytes", Limits.BYTES_MIN, Limits.BYTES_MAX)
                        .orElse(usual.scratchBytes()));
        limits.end();
        return read;
    }

    private static double cpus(Fields limits) {
        @Nullable JsonNode raw = limits.node("cpus");
        if (raw == null) {
            return Limits.DEFAULT.cpus();
        }
        double cpus = Double.NaN;
        if (raw.isNumber()) {
            cpus = raw.doubleValue();
        } else if (raw.isString() && DECIMAL.matcher(raw.stringValue()).matches()) {
            cpus = Double.parseDouble(raw.stringValue());
        }
        if (!(cpus >= Limits.CPUS_MIN && cpus <= Limits.CPUS_MAX)) {
            throw limits.invalid(
                    "cpus",
                    "a number from " + Limits.CPUS_MIN + " to " + Limits.CPUS_MAX
                            + ", such as 0.5 for half a processor",
                    raw);
        }
        return cpus;
    }
}
