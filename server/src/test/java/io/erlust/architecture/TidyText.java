package io.erlust.architecture;

import io.erlust.architecture.Repository.TextFile;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tidiness that can be seen in the text, line by line. Each rule gives its findings as
 * {@code path:line: what is wrong, and what to do instead}. Words that must not be anywhere are put
 * together here from halves.
 */
final class TidyText {
    static final int COLUMNS_MAX = 100;
    static final int FILE_LINES_MAX = 400;
    static final int METHOD_LINES_MAX = 70;

    private static final Pattern UNFINISHED =
            Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");
    private static final Pattern MACHINE_PATH =
            Pattern.compile("(?<![\\w.~)}/*-])/(ro" + "ot|wo" + "rk|ho" + "me)(/|\\b(?![\\w-]))");
    private static final Pattern REGISTRY = Pattern.compile(String.join(
            "|",
            dotted("repo1?", "maven", "(apache", ")?org"),
            dotted("(files", ")?py" + "thonhosted", "org"),
            dotted("py" + "pi", "org"),
            dotted("registry", "npm" + "js", "org"),
            dotted("ruby" + "gems", "org"),
            dotted("crates", "io"),
            dotted("proxy", "golang", "org")));
    private static final Pattern PYTHON_FUNCTION = Pattern.compile("^( *)(async )?def (\\w+)");

    private TidyText() {}

    static List<String> longLines(TextFile file) {
        return find(
                file,
                line -> line.codePointCount(0, line.length()) > COLUMNS_MAX
                        ? "longer than " + COLUMNS_MAX + " columns; break it"
                        : "");
    }

    /** A client is one file that is copied to where it runs, so it may be twice as long. */
    static List<String> longFile(TextFile file) {
        int lines = file.lines().size();
        int max = file.path().startsWith("clients/") ? 2 * FILE_LINES_MAX : FILE_LINES_MAX;
        return lines <= max
                ? List.of()
                : List.of(file.path() + ": " + lines + " lines, at most " + max + "; split it");
    }

    static List<String> unfinished(TextFile file) {
        return find(file, line -> {
            Matcher matcher = UNFINISHED.matcher(line);
            return matcher.find() ? matcher.group() + ": do it now, or open an issue" : "";
        });
    }

    static List<String> pathsOfOneMachine(TextFile file) {
        return find(file, line -> {
            Matcher matcher = MACHINE_PATH.matcher(line);
            return matcher.find()
                    ? "a path of one machine (" + matcher.group() + "); make it relative, or ~"
                    : "";
        });
    }

    static List<String> registries(TextFile file) {
        return find(
                file,
                line -> REGISTRY.matcher(line).find()
                        ? "names a package registry; leave that to the tool's own settings"
                        : "");
    }

    /** A function of Python ends before the next line that is not deeper than its {@code def}. */
    static List<String> longPythonFunctions(TextFile file) {
        List<String> found = new ArrayList<>();
        List<String> lines = file.lines();
        for (int i = 0; i < lines.size(); i++) {
            Matcher def = PYTHON_FUNCTION.matcher(lines.get(i));
            if (def.find()) {
                int length = pythonBlock(lines, i, def.group(1).length());
                if (length > METHOD_LINES_MAX) {
                    found.add(finding(file, i, tooLong(def.group(3), length)));
                }
            }
        }
        return found;
    }

    static String tooLong(String name, int lines) {
        return name + " has " + lines + " lines, at most " + METHOD_LINES_MAX + "; split it";
    }

    private static int pythonBlock(List<String> lines, int from, int indent) {
        int last = from;
        for (int i = from + 1; i < lines.size(); i++) {
            String line = lines.get(i);
            int depth = line.length() - line.stripLeading().length();
            boolean closesHeader = line.strip().startsWith(")");
            if (!line.isBlank() && depth <= indent && !closesHeader) {
                break;
            }
            last = line.isBlank() ? last : i;
        }
        return last - from + 1;
    }

    private interface LineRule {
        /** What is wrong with the line; empty if nothing is. */
        String check(String line);
    }

    private static List<String> find(TextFile file, LineRule rule) {
        List<String> found = new ArrayList<>();
        List<String> lines = file.lines();
        for (int i = 0; i < lines.size(); i++) {
            String wrong = rule.check(lines.get(i));
            if (!wrong.isEmpty()) {
                found.add(finding(file, i, wrong));
            }
        }
        return found;
    }

    private static String finding(TextFile file, int line, String wrong) {
        return file.path() + ":" + (line + 1) + ": " + wrong;
    }

    private static String dotted(String... parts) {
        return String.join("\\.", parts);
    }
}
