package io.erlust.cli;

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
        Matcher matcher = SHORT.matcher(text);
        if (matcher.matches()) {
            String unit = matcher.group(2).toUpperCase(Locale.ROOT);
            return (unit.equals("D") ? "P" : "PT") + matcher.group(1) + unit;
        }
        if (text.startsWith("P")) {
            return text;
        }
        throw Failure.usage("expected a time like 30s, 5m, 2h or PT1H30M, got " + text);
    }
}
