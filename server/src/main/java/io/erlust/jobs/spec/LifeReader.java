package io.erlust.jobs.spec;

import io.erlust.json.Fields;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** Reads when a job runs, for how long, and how often. */
final class LifeReader {
    static final Duration TIMEOUT_MAX = Duration.ofDays(366);

    private LifeReader() {}

    static Life read(Fields job, JobId self) {
        int attempts =
                job.integer("job_attempts", 1, Life.ATTEMPTS_MAX).orElse(1L).intValue();
        Optional<Duration> backOff = job.integer("job_backoff_ms", 0, Life.BACK_OFF_MAX.toMillis())
                .map(Duration::ofMillis);
        if (backOff.isPresent() && attempts == 1) {
            throw job.invalid(
                    "job_backoff_ms",
                    "job_backoff_ms only beside job_attempts of 2 or more, as it does nothing"
                            + " without",
                    job.node("job_backoff_ms"));
        }
        return new Life(
                WhenReader.read(job, self),
                expires(job),
                timeout(job),
                attempts,
                backOff.orElse(Life.BACK_OFF_DEFAULT),
                job.integer("priority", -Life.PRIORITY_MAX, Life.PRIORITY_MAX)
                        .orElse(0L)
                        .intValue());
    }

    private static Optional<Moment> expires(Fields job) {
        Optional<String> text = job.string("expires_at");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Moment moment = Moment.read(text.get());
        if (moment == null) {
            throw job.invalid("expires_at", Moment.EXPECTED, job.node("expires_at"));
        }
        return Optional.of(moment);
    }

    private static Optional<Duration> timeout(Fields job) {
        Optional<Long> millis = job.integer("timeout_ms", 1, TIMEOUT_MAX.toMillis());
        @Nullable JsonNode raw = job.node("timeout");
        Optional<String> text = job.string("timeout");
        if (raw == null || text.isEmpty()) {
            return millis.map(Duration::ofMillis);
        }
        if (millis.isPresent()) {
            throw job.invalid("timeout", "either timeout or timeout_ms, not both", raw);
        }
        String expected = "an ISO 8601 duration like \"PT10M\", from PT0.001S to " + TIMEOUT_MAX;
        Duration timeout;
        try {
            timeout = Duration.parse(text.get());
        } catch (DateTimeParseException e) {
            throw job.invalid("timeout", expected, raw);
        }
        if (timeout.compareTo(Duration.ofMillis(1)) < 0 || timeout.compareTo(TIMEOUT_MAX) > 0) {
            throw job.invalid("timeout", expected, raw);
        }
        return Optional.of(Duration.ofMillis(timeout.toMillis()));
    }
}
