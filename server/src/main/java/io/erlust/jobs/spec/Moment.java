package io.erlust.jobs.spec;

import org.jspecify.annotations.Nullable;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;

/** A point in time as a job says it: a time of its own, or so long after the submission. */
public sealed interface Moment {
    /** What a moment may be, for errors. */
    String EXPECTED = "an RFC 3339 time like \"2026-12-24T18:00:00Z\" or an ISO 8601 duration"
            + " like \"PT5M\" (of days, hours, minutes, seconds; at most 3660 days)";

    Duration DELAY_MAX = Duration.ofDays(3660);

    /** A time of its own. */
    record At(Instant time) implements Moment {
        @Override
        public String text() {
            return time.toString();
        }
    }

    /** So long after the submission; which clock tells is for the field to say. */
    record In(Duration delay) implements Moment {
        @Override
        public String text() {
            return delay.toString();
        }
    }

    /** In the form in which it is read. */
    String text();

    /** Null when the text is neither. In milliseconds, as everything that is stored. */
    static @Nullable Moment read(String text) {
        try {
            if (text.startsWith("P") || text.startsWith("p")) {
                Duration delay = Duration.ofMillis(Duration.parse(text).toMillis());
                boolean isPossible = delay.isPositive() && delay.compareTo(DELAY_MAX) <= 0;
                return isPossible ? new In(delay) : null;
            }
            OffsetDateTime time = OffsetDateTime.parse(text);
            boolean isPossible = time.getYear() >= 0 && time.getYear() <= 9999;
            return isPossible ? new At(time.toInstant().truncatedTo(ChronoUnit.MILLIS)) : null;
        } catch (DateTimeParseException e) {
            return null;
        } catch (DateTimeException | ArithmeticException e) { // longer than there are milliseconds
            return null;
        }
    }
}
