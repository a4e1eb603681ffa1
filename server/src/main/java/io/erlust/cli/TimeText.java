package io.erlust.cli;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as people type them, {@code 30s}, {@code 5m}, {@code 2h}, made ISO 8601 for the API.
 */
final class TimeText {
    private static final Pattern SHORT = Pattern.compile("([0-9]+)([smhd])");

    private TimeText() {}

    static String iso(String text) {
        String iso = moment(text);
        if (iso.startsWith("P")) {
            return iso;
        }
        throw unknown(text);
    }

    /** A duration made ISO 8601; anything else, such as a time, as it is. */
    static String moment(String text) {
        Matcher matcher = SHORT.matcher(text);
        if (!matcher.matches()) {
            return text;
        }
        String unit = matcher.group(2).toUpperCase(Locale.ROOT);
        return (unit.equals("D") ? "P" : "PT") + matcher.group(1) + unit;
    }

    static long millis(String text) {
        try {
            return Duration.parse(iso(text)).toMillis();
        } catch (DateTimeParseException | ArithmeticException e) {
            throw unknown(text);
        }
    }

    private static Failure unknown(String text) {
        return Failure.usage("expected a time like 30s, 5m, 2h or PT1H30M, got " + text);
    }
}
