package io.erlust.jobs;

import io.erlust.json.Fields;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.util.List;

/** Reads {@code when}. */
final class WhenReader {
    private static final String EXPECTED = "\"now\", \"manual\" or {\"after\": [\"job-id\", …]}"
            + " (times, durations and cron are not supported by this release)";

    private WhenReader() {}

    static When read(Fields job, JobId self) {
        JsonNode when = job.node("when");
        if (when == null) {
            return new When.Now();
        }
        if (when.isObject() && when.has("after")) {
            Fields object = Fields.of(when, job.at("when"));
            When.After after = after(object, self);
            object.end();
            return after;
        }
        return switch (when.isString() ? when.stringValue() : "") {
            case "now" -> new When.Now();
            case "manual" -> new When.Manual();
            case String other -> throw job.invalid("when", EXPECTED, when);
        };
    }

    private static When.After after(Fields when, JobId self) {
        @Nullable JsonNode raw = when.node("after");
        List<JobId> jobs = JobIds.read(when, "after", self);
        if (jobs.isEmpty()) {
            throw when.invalid(
                    "after", "an array of 1 to " + JobIds.MAX + " ids of other jobs", raw);
        }
        return new When.After(jobs);
    }
}
