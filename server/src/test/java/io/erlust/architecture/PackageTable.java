package io.erlust.architecture;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The table under {@code ## Packages} of ARCHITECTURE.md: tier, package, the packages it may
 * import, what lives there, and how many files it may have and why, if more than
 * {@value #FILES_MAX}.
 */
record PackageTable(List<Row> rows) {
    static final int FILES_MAX = 16;

    private static final Pattern MORE_FILES = Pattern.compile("([0-9]+): .+");
    private static final Pattern NAME = Pattern.compile("`([a-z.]+)`");

    record Row(int tier, String name, Set<String> imports, String purpose, int filesMax) {}

    static PackageTable read(String markdown) {
        int start = markdown.indexOf("\n## Packages\n");
        if (start < 0) {
            throw new AssertionError("ARCHITECTURE.md: expected a heading \"## Packages\"");
        }
        int end = markdown.indexOf("\n## ", start + 1);
        String section = markdown.substring(start, end < 0 ? markdown.length() : end);
        return new PackageTable(section.lines()
                .filter(line -> line.matches("\\| [0-9] \\|.*"))
                .map(PackageTable::parse)
                .toList());
    }

    private static Row parse(String line) {
        List<String> cells =
                List.of(line.split("\\|", -1)).stream().map(String::strip).toList();
        if (cells.size() != 7) {
            throw new AssertionError("expected 5 cells in the row " + line);
        }
        var more = MORE_FILES.matcher(cells.get(5));
        if (!more.matches() && !cells.get(5).isEmpty()) {
            throw new AssertionError("expected \"30: the reason\" in the last cell of " + line);
        }
        return new Row(
                Integer.parseInt(cells.get(1)),
                names(cells.get(2)).getFirst(),
                new TreeSet<>(names(cells.get(3))),
                cells.get(4),
                more.matches() ? Integer.parseInt(more.group(1)) : FILES_MAX);
    }

    private static List<String> names(String cell) {
        return NAME.matcher(cell).results().map(match -> match.group(1)).toList();
    }

    Set<String> names() {
        return new TreeSet<>(rows.stream().map(Row::name).toList());
    }

    Optional<Row> row(String name) {
        return rows.stream().filter(row -> row.name().equals(name)).findFirst();
    }

    /** Arrows that do not point downward: to the same tier or a higher one, or to nothing. */
    List<String> wrongArrows() {
        List<String> wrong = new ArrayList<>();
        for (Row from : rows) {
            for (String name : from.imports()) {
                Optional<Row> to = row(name);
                boolean own = name.startsWith(from.name() + ".");
                if (to.isEmpty() || (!own && to.get().tier() >= from.tier())) {
                    wrong.add(from.name() + " -> " + name);
                }
            }
        }
        return wrong;
    }

    /** The order of the tiers, highest first, as it should stand in the table. */
    boolean isSortedByTier() {
        return rows.equals(rows.stream()
                .sorted(Comparator.comparingInt(Row::tier).reversed())
                .toList());
    }
}
