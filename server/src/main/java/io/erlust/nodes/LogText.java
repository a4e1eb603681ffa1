package io.erlust.nodes;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Makes output safe to show on a terminal or in a page of plain text: invalid UTF-8 and control
 * characters become U+FFFD; colours and other escape sequences go.
 */
final class LogText {
    /** CSI and OSC sequences, and the two-character ones. Possessive: no backtracking. */
    private static final Pattern ESCAPES = Pattern.compile("\\x1b(?:\\[[0-?]*+[ -/]*+[@-~]"
            + "|\\][^\\x07\\x1b]*+(?:\\x07|\\x1b\\\\)|[@-Z\\\\^_])");

    private LogText() {}

    /** The same as one short line. */
    static String oneLine(String text, int charsMax) {
        String clean = clean(text.getBytes(StandardCharsets.UTF_8)).replaceAll("\\s+", " ");
        return clean.length() <= charsMax ? clean : clean.substring(0, charsMax) + "…";
    }

    static String clean(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.indexOf('\u001b') >= 0) {
            text = ESCAPES.matcher(text).replaceAll("");
        }
        StringBuilder clean = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\r') {
                // progress bars: the line begins again
                clean.append(i + 1 < text.length() && text.charAt(i + 1) == '\n' ? "" : "\n");
            } else if (Character.isISOControl(c) && c != '\n' && c != '\t') {
                clean.append('\ufffd');
            } else {
                clean.append(c);
            }
        }
        return clean.toString();
    }
}
