package io.erlust.jobs.spec;

import io.erlust.json.Json;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.Duration;
import java.time.ZoneId;
import java.util.Objects;
import java.util.Optional;

/** How a job's life is stored and shown, see {@link JobSpecJson}. */
public final class LifeJson {
    private LifeJson() {}

    /** All but {@code when}. */
    static void put(ObjectNode json, Life life) {
        life.timeout().ifPresent(timeout -> json.put("timeout_ms", timeout.toMillis()));
        life.expires().ifPresent(moment -> json.put("expires_at", moment.text()));
        if (life.attempts() != 1) {
            json.put("job_attempts", life.attempts());
            json.put("job_backoff_ms", life.backOff().toMillis());
        }
        if (life.priority() != 0) {
            json.put("priority", life.priority());
        }
    }

    static Life read(JsonNode json) {
        return new Life(
                readWhen(json.path("when")),
                Optional.ofNullable(json.get("expires_at")).map(LifeJson::moment),
                Optional.ofNullable(json.get("timeout_ms"))
                        .map(millis -> Duration.ofMillis(millis.longValue())),
                json.path("job_attempts").asInt(1),
                Duration.ofMillis(
                        json.path("job_backoff_ms").asLong(Life.BACK_OFF_DEFAULT.toMillis())),
                json.path("priority").asInt(0));
    }

    /** As an application would say it. */
    public static JsonNode when(When when) {
        ObjectNode json = Json.object();
        return switch (when) {
            case When.Now now -> json.stringNode("now");
            case When.Manual manual -> json.stringNode("manual");
            case When.Timed timed -> json.stringNode(timed.moment().text());
            case When.After after -> {
                json.set("after", JobSpecJson.ids(after.jobs()));
                Words.put(json, "on", after.on(), When.On.COMPLETED);
                yield json;
            }
            case When.Cron cron ->
                json.put("cron", cron.expression())
                        .put("timezone", cron.zone().getId())
                        .put("overlap", Words.wire(cron.overlap()))
                        .put("catch_up", cron.catchUp());
        };
    }

    private static When readWhen(JsonNode json) {
        if (json.has("cron")) {
            return new When.Cron(
                    json.path("cron").stringValue(),
                    ZoneId.of(json.path("timezone").stringValue()),
                    Words.stored(json, "overlap", When.Overlap.SKIP),
                    json.path("catch_up").booleanValue());
        }
        if (json.isObject()) {
            return new When.After(
                    JobSpecJson.readIds(json.path("after")),
                    Words.stored(json, "on", When.On.COMPLETED));
        }
        return switch (json.stringValue()) {
            case "now" -> new When.Now();
            case "manual" -> new When.Manual();
            case String text -> new When.Timed(moment(json));
        };
    }

    private static Moment moment(JsonNode json) {
        return Objects.requireNonNull(Moment.read(json.stringValue()), "a stored moment");
    }
}
