package io.erlust.config;

import java.util.List;

/**
 * One value that somebody gave for a key, not yet understood.
 *
 * @param items the value; several only in a list
 * @param isList it was written as a list
 * @param where it came from: {@code erlust.conf:3}, a variable's name, a flag
 */
public record Given(String key, List<String> items, boolean isList, String where) {
    private static final int SHOWN_MAX = 80;

    public Given {
        items = List.copyOf(items);
    }

    public static Given text(String key, String text, String where) {
        return new Given(key, List.of(text), false, where);
    }

    public static Given list(String key, List<String> items, String where) {
        return new Given(key, items, true, where);
    }

    /** For an error. */
    String shown() {
        return isList ? "a list" : quoted(items.getFirst());
    }

    static String quoted(String text) {
        return '"' + clean(text) + '"';
    }

    /** Short, on one line, and without anything that commands a terminal. */
    static String clean(String text) {
        String clean = text.replaceAll("[\\p{Cc}\\p{Cf}]", "?");
        int end = clean.offsetByCodePoints(
                0, Math.min(SHOWN_MAX, clean.codePointCount(0, clean.length())));
        return clean.substring(0, end) + (end < clean.length() ? "…" : "");
    }
}
