package io.erlust.jobs.spec;

import io.erlust.json.Fields;
import io.erlust.time.CronSchedule;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.time.Instant;
import java.time.ZoneId;
import java.time.zone.ZoneRulesProvider;
import java.util.List;

/** Reads {@code when}. */
final class WhenReader {
    private static final String EXPECTED = "\"now\", \"manual\", " + Moment.EXPECTED
            + ", {\"cron\": \"0 3 * * *\"} or {\"after\": [\"job-id\", …]}";

    private WhenReader() {}

    static When read(Fields job, JobId self) {
        JsonNode when = job.node("when");
        if (when == null) {
            return new When.Now();
        }
        if (when.isObject()) {
            Fields object = Fields.of(when, job.at("when"));
            When read = when.has("cron") ? cron(object) : after(object, self);
            object.end();
            return read;
        }
        return switch (when.isString() ? when.stringValue() : "") {
            case "now" -> new When.Now();
            case "manual" -> new When.Manual();
            case String text -> {
                Moment moment = Moment.read(text);
                if (moment == null) {
                    throw job.invalid("when", EXPECTED, when);
                }
                yield new When.Timed(moment);
            }
        };
    }

    private static When.After after(Fields when, JobId self) {
        @Nullable JsonNode raw = when.node("after");
        List<JobId> jobs = JobIds.read(when, "after", self);
        if (jobs.isEmpty()) {
            throw when.invalid(
                    "after", "an array of 1 to " + JobIds.MAX + " ids of other jobs", raw);
        }
        return new When.After(jobs, Words.read(when, "on", When.On.COMPLETED));
    }

    private static When.Cron cron(Fields when) {
        String expression = when.string("cron").orElseThrow(() -> when.missing("cron", "a string"));
        ZoneId zone = zone(when);
        try {
            if (CronSchedule.of(expression, zone).after(Instant.EPOCH).isEmpty()) {
                throw when.invalid(
                        "cron", "an expression that some day comes true", when.node("cron"));
            }
        } catch (IllegalArgumentException e) {
            throw when.invalid("cron", String.valueOf(e.getMessage()), when.node("cron"));
        }
        return new When.Cron(
                expression.strip(),
                zone,
                Words.read(when, "overlap", When.Overlap.SKIP),
                when.bool("catch_up").orElse(true));
    }

    /** A name, not an offset: only names have rules for their clock changes. */
    private static ZoneId zone(Fields when) {
        String name = when.string("timezone").orElse("UTC");
        if (ZoneRulesProvider.getAvailableZoneIds().contains(name)) {
            return ZoneId.of(name);
        }
        throw when.invalid(
                "timezone",
                "the name of a time zone like \"Europe/Athens\" or \"UTC\"",
                when.node("timezone"));
    }
}
