package io.erlust.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Puts together what the file, the environment and the flags say; the later wins. Every value is
 * checked, also one that another wins over.
 */
public final class ConfigReader {
    private final Settings settings;
    private final Map<String, Given> merged = new LinkedHashMap<>();
    private final List<String> errors = new ArrayList<>();

    private ConfigReader(Settings settings) {
        this.settings = settings;
    }

    /**
     * What was read.
     *
     * @param errors empty: the values can be used
     * @param strayVariables a line on each variable that looks like a setting's and is nobody's
     */
    public record Reading(Values values, List<String> errors, List<String> strayVariables) {
        public Reading {
            errors = List.copyOf(errors);
            strayVariables = List.copyOf(strayVariables);
        }

        /**
         * The values, when there is no error.
         *
         * @throws InvalidConfig with all of them
         */
        public Values orThrow() {
            if (!errors.isEmpty()) {
                throw new InvalidConfig(errors);
            }
            return values;
        }
    }

    public static Reading read(
            Settings settings,
            Optional<ConfigFile> file,
            Map<String, String> environment,
            List<Given> flags) {
        ConfigReader reader = new ConfigReader(settings);
        file.ifPresent(one -> reader.file(one, environment));
        reader.environment(environment);
        reader.flags(flags);
        return new Reading(
                new Values(reader.merged), reader.errors, settings.strayVariables(environment));
    }

    private void file(ConfigFile file, Map<String, String> environment) {
        Consumer<Given> take = file.isNamed() ? this::take : this::takeFound;
        try {
            new HoconKeys(settings, take, errors::add).walk(Hocon.parse(file.path(), environment));
        } catch (InvalidConfig e) {
            errors.addAll(e.errors());
        }
    }

    private void takeFound(Given given) {
        if (settings.find(given.key()).stream().anyMatch(Setting::inNamedFileOnly)) {
            errors.add(given.where() + ": " + given.key() + ": expected only in a file that is"
                    + " named by --config or " + ConfigFile.VARIABLE
                    + ", got it in the one found in the data directory");
        } else {
            take(given);
        }
    }

    /** An empty variable is one that is not set. */
    private void environment(Map<String, String> environment) {
        for (Setting<?> setting : settings.all()) {
            String text = environment.getOrDefault(setting.variable(), "");
            if (!text.isEmpty()) {
                take(Given.text(setting.key(), text, setting.variable()));
            }
        }
    }

    private void flags(List<Given> flags) {
        Map<String, String> seen = new LinkedHashMap<>();
        for (Given given : flags) {
            String before = seen.putIfAbsent(given.key(), given.where());
            if (before != null) {
                errors.add(given.where() + ": " + given.key() + ": expected once, got it by "
                        + before + " too");
            } else {
                take(given);
            }
        }
    }

    private void take(Given given) {
        settings.find(given.key())
                .ifPresentOrElse(
                        setting -> setting.wrong(given)
                                .ifPresentOrElse(errors::add, () -> merged.put(given.key(), given)),
                        () -> errors.add(settings.unknownKey(given.where(), given.key())));
    }
}
