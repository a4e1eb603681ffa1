package io.erlust.config;

import java.util.regex.Pattern;

/** All settings in words: as a file to start from, and as a table for the documentation. */
public final class SettingsText {
    private static final int COLUMNS = 90;
    private static final Pattern NEEDS_NO_QUOTES = Pattern.compile("[A-Za-z0-9]+");

    private SettingsText() {}

    /** A file with each setting at its default, commented out. */
    public static String file(Settings settings) {
        StringBuilder text = new StringBuilder("""
                # The configuration of Erlust, in HOCON. Every setting is here, at its default:
                # remove the # before a key to change it. A variable of the environment wins over
                # this file, a flag of "erlust serve" over both. "erlust config check" checks it.
                """);
        for (Setting<?> setting : settings.all()) {
            text.append('\n').append(comment(setting.doc()));
            text.append(comment(setting.kind().expected()));
            String otherwise =
                    setting.standard().isPresent() ? "" : "; else " + setting.otherwise();
            text.append(comment(setting.variable() + ", " + setting.flagName() + otherwise));
            text.append("# ").append(setting.key()).append(" = ");
            // null is as if it were not there
            text.append(setting.standard().map(SettingsText::literal).orElse("null"))
                    .append('\n');
        }
        return text.toString();
    }

    private static String comment(String text) {
        StringBuilder lines = new StringBuilder();
        int column = COLUMNS;
        for (String word : text.replace("`", "").split(" ", -1)) {
            if (column + 1 + word.length() > COLUMNS) {
                lines.append(lines.isEmpty() ? "# " : "\n# ").append(word);
                column = 2 + word.length();
            } else {
                lines.append(' ').append(word);
                column += 1 + word.length();
            }
        }
        return lines.append('\n').toString();
    }

    /** A table in Markdown. */
    public static String table(Settings settings) {
        StringBuilder text = new StringBuilder("""
                | key | value | default | environment | flag | what it does |
                |---|---|---|---|---|---|
                """);
        for (Setting<?> setting : settings.all()) {
            text.append("| `").append(setting.key()).append("` | ");
            text.append(setting.kind().expected()).append(" | ");
            text.append(standard(setting));
            text.append(" | `").append(setting.variable()).append("` | `");
            text.append(setting.flagName()).append("` | ");
            text.append(setting.doc()).append(" |\n");
        }
        return text.toString();
    }

    private static String standard(Setting<?> setting) {
        return setting.standard()
                .map(text -> text.isEmpty() ? "none" : '`' + text + '`')
                .orElse(setting.otherwise());
    }

    private static String literal(String text) {
        if (text.isEmpty()) {
            return "[]"; // only a list is anything when nothing is said
        }
        return NEEDS_NO_QUOTES.matcher(text).matches() ? text : '"' + text + '"';
    }
}
