package io.erlust.config;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All settings a program has, in the order they are documented, and the words for unknown ones. */
public final class Settings {
    private final List<Setting<?>> all;
    private final Map<String, Setting<?>> byKey;
    private final Set<String> groups;
    private final Set<String> variables;

    /** @param otherVariables that begin as the settings' do and are read elsewhere */
    public Settings(List<Setting<?>> all, Set<String> otherVariables) {
        this.all = List.copyOf(all);
        byKey = all.stream().collect(Collectors.toMap(Setting::key, Function.identity()));
        groups = byKey.keySet().stream().flatMap(Settings::groupsOf).collect(Collectors.toSet());
        variables = new HashSet<>(otherVariables);
        for (Setting<?> setting : all) {
            if (groups.contains(setting.key()) || !variables.add(setting.variable())) {
                throw new IllegalArgumentException(setting.key() + " is not the only of its name");
            }
        }
    }

    public List<Setting<?>> all() {
        return all;
    }

    Optional<Setting<?>> find(String key) {
        return Optional.ofNullable(byKey.get(key));
    }

    /** Whether there are keys that begin with this and a dot. */
    boolean isGroup(String key) {
        return groups.contains(key);
    }

    String unknownKey(String where, String key) {
        Stream<String> otherGroups = groups.stream().filter(group -> !key.startsWith(group + "."));
        return where + ": " + Given.clean(key)
                + ": expected a known key"
                + nearest(key, Stream.concat(byKey.keySet().stream(), otherGroups));
    }

    /** The variables that look like a setting's and are nobody's, in words. */
    List<String> strayVariables(Map<String, String> environment) {
        return environment.keySet().stream()
                .filter(name -> name.startsWith(Setting.PREFIX) && !variables.contains(name))
                .sorted()
                .map(name -> Given.clean(name)
                        + ": expected the variable of a known key"
                        + nearest(name, variables.stream()))
                .toList();
    }

    private static String nearest(String unknown, Stream<String> known) {
        return known.filter(each -> distance(unknown, each) <= Math.max(2, unknown.length() / 3))
                .min(Comparator.comparingInt((String each) -> distance(unknown, each))
                        .thenComparing(Comparator.naturalOrder()))
                .map(each -> "; did you mean " + each + "?")
                .orElse("; \"erlust config doc\" lists them");
    }

    /** Edits from one to the other; whoever left out the group meant the key all the same. */
    private static int distance(String unknown, String known) {
        int last = known.lastIndexOf('.') + 1;
        int whole = Edits.between(unknown, known);
        return last == 0
                ? whole
                : Math.min(whole, 1 + Edits.between(unknown, known.substring(last)));
    }

    private static Stream<String> groupsOf(String key) {
        return Stream.iterate(
                        key.lastIndexOf('.'), dot -> dot > 0, dot -> key.lastIndexOf('.', dot - 1))
                .map(dot -> key.substring(0, dot));
    }
}
