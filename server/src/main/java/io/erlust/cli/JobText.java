package io.erlust.cli;

import tools.jackson.databind.JsonNode;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads a job's JSON for people: states, times, durations, counts. Missing fields are shown empty.
 */
final class JobText {
    private static final Set<String> FINAL = Set.of("completed", "failed", "cancelled");
    private static final DateTimeFormatter LOCAL =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    private JobText() {}

    static String text(JsonNode object, String field) {
        JsonNode value = object.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        return value.isString() ? value.stringValue() : value.toString();
    }

    /** Several lines; none of them can command the terminal. */
    static String lines(JsonNode object, String field) {
        return text(object, field)
                .lines()
                .map(line -> line.replaceAll("[\\p{Cc}&&[^\t]]", "?"))
                .collect(Collectors.joining("\n"))
                .strip();
    }

    static long number(JsonNode object, String field) {
        JsonNode value = object.path(field);
        return value.isIntegralNumber() && value.canConvertToLong() ? value.longValue() : 0;
    }

    static String state(JsonNode job) {
        return text(job, "state") + (job.path("paused").asBoolean(false) ? ", paused" : "");
    }

    static boolean isFinal(JsonNode job) {
        return FINAL.contains(text(job, "state"));
    }

    /** {@code attempt 2 of 3}; empty when there is only one. */
    static String attempt(JsonNode job) {
        long all = number(job, "job_attempts");
        return all < 2 ? "" : "attempt " + number(job, "attempt") + " of " + all;
    }

    static int exitCode(JsonNode job) {
        return text(job, "state").equals("completed") ? ExitCode.OK : ExitCode.JOB_FAILED;
    }

    /** In this machine's time zone. */
    static String time(JsonNode job, String field) {
        return instant(job, field)
                .map(at -> LOCAL.format(at.atZone(ZoneId.systemDefault())))
                .orElse("");
    }

    static Optional<Instant> instant(JsonNode job, String field) {
        try {
            String text = text(job, field);
            return text.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(text));
        } catch (DateTimeParseException e) {
            return Optional.empty(); // a display only: a time that can't be read is not shown
        }
    }

    /** How long it ran, or has been running at {@code now}. */
    static String ran(JsonNode job, Instant now) {
        return instant(job, "started_at")
                .map(from -> Duration.between(from, instant(job, "ended_at").orElse(now)))
                .map(JobText::duration)
                .orElse("");
    }

    static String duration(Duration duration) {
        Duration shown = duration.isNegative() ? Duration.ZERO : duration;
        if (shown.compareTo(Duration.ofMinutes(1)) < 0) {
            return String.format(Locale.ROOT, "%.1f s", shown.toMillis() / 1000.0);
        }
        Duration whole = shown.truncatedTo(ChronoUnit.SECONDS);
        return whole.toHours() > 0
                ? String.format(
                        Locale.ROOT,
                        "%d:%02d:%02d h",
                        whole.toHours(),
                        whole.toMinutesPart(),
                        whole.toSecondsPart())
                : String.format(
                        Locale.ROOT, "%d:%02d min", whole.toMinutes(), whole.toSecondsPart());
    }

    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
