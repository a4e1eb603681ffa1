package io.erlust.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Rows under a header, aligned. Columns whose header starts with {@code >} are aligned right. On a
 * terminal the last column is cut so that a row stays one line.
 */
final class Table {
    private static final String GAP = "  ";

    private final List<String> header;
    private final List<List<String>> rows = new ArrayList<>();

    Table(String... header) {
        this.header = List.of(header);
    }

    Table row(Object... cells) {
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            row.add(clean(cell.toString()));
        }
        if (row.size() != header.size()) {
            throw new IllegalArgumentException("a row needs " + header.size() + " cells: " + row);
        }
        rows.add(row);
        return this;
    }

    void print(Terminal terminal) {
        int[] widths = widths();
        List<String> titles = header.stream().map(Table::title).toList();
        terminal.out().println(line(titles, widths, terminal));
        rows.forEach(row -> terminal.out().println(line(row, widths, terminal)));
    }

    private int[] widths() {
        int[] widths = new int[header.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = title(header.get(i)).length();
            for (List<String> row : rows) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        return widths;
    }

    private String line(List<String> cells, int[] widths, Terminal terminal) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.size(); i++) {
            String padding = " ".repeat(widths[i] - cells.get(i).length());
            boolean right = header.get(i).startsWith(">");
            line.append(i == 0 ? "" : GAP);
            line.append(right ? padding + cells.get(i) : cells.get(i) + padding);
        }
        String text = line.toString().stripTrailing();
        boolean tooLong = terminal.interactive() && text.length() > terminal.columns();
        return tooLong ? text.substring(0, terminal.columns() - 1) + "…" : text;
    }

    private static String title(String header) {
        return header.startsWith(">") ? header.substring(1) : header;
    }

    /** What comes from a job must neither break the row nor command the terminal. */
    static String clean(String cell) {
        return cell.replaceAll("\\R", " ").replaceAll("[\\p{Cc}\\p{Cf}]", "?");
    }

    /** The same for a text of several lines. */
    static String cleanLines(String text) {
        return text.lines().map(Table::clean).collect(Collectors.joining("\n"));
    }
}
