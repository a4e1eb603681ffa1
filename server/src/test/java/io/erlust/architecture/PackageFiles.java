package io.erlust.architecture;

import io.erlust.architecture.Repository.TextFile;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What each package must have: a package-info that says what it is for, and not too many files. */
final class PackageFiles {
    private static final String MAIN = "server/src/main/java/io/erlust/";
    private static final String INFO = "package-info.java";
    private static final Pattern COMPLETE_INFO = Pattern.compile(
            "/\\*\\*\\s[\\s\\S]{20,}?\\.[\\s\\S]*?\\*/\\s*@NullMarked\\s+package [\\s\\S]*");

    private PackageFiles() {}

    static List<String> check(List<TextFile> files, PackageTable table) {
        Map<String, List<TextFile>> packages = new TreeMap<>();
        for (TextFile file : files) {
            if (file.isJava() && file.path().startsWith(MAIN)) {
                String name = file.path().substring(MAIN.length(), file.path().lastIndexOf('/'));
                packages.computeIfAbsent(name.replace('/', '.'), any -> new ArrayList<>())
                        .add(file);
            }
        }
        List<String> found = new ArrayList<>();
        packages.forEach((name, its) -> {
            found.addAll(info(name, its));
            found.addAll(size(name, its.size() - 1, table));
        });
        return found;
    }

    private static List<String> info(String name, List<TextFile> files) {
        boolean complete = files.stream()
                .filter(file -> file.path().endsWith(INFO))
                .anyMatch(file -> COMPLETE_INFO.matcher(file.text()).matches());
        return complete
                ? List.of()
                : List.of(name + ": expected a " + INFO + " with a sentence on it and @NullMarked");
    }

    private static List<String> size(String name, int files, PackageTable table) {
        int max = table.row(name).map(PackageTable.Row::filesMax).orElse(PackageTable.FILES_MAX);
        return files <= max
                ? List.of()
                : List.of(name + ": " + files + " files, at most " + max
                        + "; split it by purpose, or say in"
                        + " the last cell of its row in ARCHITECTURE.md how many and why");
    }
}
