package io.erlust.jobs;

import io.erlust.json.Fields;
import io.erlust.json.InvalidField;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Reads {@code when}. */
final class WhenReader {
    static final int AFTER_MAX = 100;

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
        String expected = "an array of 1 to " + AFTER_MAX + " ids of other jobs";
        @Nullable JsonNode raw = when.node("after");
        List<String> ids = when.strings("after");
        if (ids.isEmpty() || ids.size() > AFTER_MAX) {
            throw raw == null || ids.isEmpty()
                    ? when.invalid("after", expected, raw)
                    : new InvalidField(when.at("after"), expected, ids.size() + " ids");
        }
        Set<JobId> jobs = new LinkedHashSet<>();
        for (int i = 0; i < ids.size(); i++) {
            String id = ids.get(i);
            String at = when.at("after") + "/" + i;
            if (!JobId.isValid(id)) {
                throw new InvalidField(at, "an id of " + JobId.RULE, '"' + id + '"');
            }
            if (id.equals(self.value())) {
                throw new InvalidField(at, "the id of another job", "this job's own id");
            }
            jobs.add(new JobId(id));
        }
        return new When.After(new ArrayList<>(jobs));
    }
}
