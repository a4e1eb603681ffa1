package io.erlust.callbacks;

import org.jspecify.annotations.Nullable;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.OptionalInt;

/** How one attempt ended. */
sealed interface Outcome {
    /** 2xx. */
    record Delivered(int status) implements Outcome {}

    /** 410: the application wants no more of this job. */
    record Gone() implements Outcome {}

    /**
     * Anything else: tried again on schedule.
     *
     * @param hostFault the host did not answer, or asked for less: it is left alone for a while
     * @param retryAfter what it asked for
     */
    record Failed(
            OptionalInt status, String error, boolean hostFault, Optional<Duration> retryAfter)
            implements Outcome {}

    /** By the status of an answer. */
    static Outcome answered(int status, @Nullable String retryAfter, Instant now) {
        if (status >= 200 && status < 300) {
            return new Delivered(status);
        }
        return switch (status) {
            case 410 -> new Gone();
            case 429, 502, 503, 504 ->
                new Failed(
                        OptionalInt.of(status),
                        "expected a 2xx answer, got " + status,
                        true,
                        retryAfter == null ? Optional.empty() : parse(retryAfter.strip(), now));
            case 300, 301, 302, 303, 304, 305, 306, 307, 308 ->
                new Failed(
                        OptionalInt.of(status),
                        "expected a 2xx answer, got " + status + " (redirects are not followed)",
                        false,
                        Optional.empty());
            default ->
                new Failed(
                        OptionalInt.of(status),
                        "expected a 2xx answer, got " + status,
                        false,
                        Optional.empty());
        };
    }

    /** The host could not be talked to. */
    static Failed unanswered(String error) {
        return new Failed(OptionalInt.empty(), error, true, Optional.empty());
    }

    /** Not sent, through no fault of the host. */
    static Failed notSent(String error) {
        return new Failed(OptionalInt.empty(), error, false, Optional.empty());
    }

    /** Retry-After: seconds, or an HTTP date. Nonsense is ignored. */
    private static Optional<Duration> parse(String value, Instant now) {
        if (value.matches("[0-9]{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
        }
        try {
            Instant until = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration left = Duration.between(now, until);
            return Optional.of(left.isNegative() ? Duration.ZERO : left);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
