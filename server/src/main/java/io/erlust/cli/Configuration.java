package io.erlust.cli;

import io.erlust.config.ConfigFile;
import io.erlust.config.ConfigReader;
import io.erlust.config.ConfigReader.Reading;
import io.erlust.config.Given;
import io.erlust.config.Settings;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The configuration of a server as its command finds it.
 *
 * @param data the data directory, unless the file names another
 */
record Configuration(Optional<ConfigFile> file, Path data, Reading reading) {
    private static final String DATA = "data";

    static Configuration read(
            Settings settings,
            Optional<Path> config,
            Map<String, String> environment,
            List<Given> flags) {
        Path data = flags.stream()
                .filter(given -> given.key().equals(DATA))
                .map(given -> given.items().getFirst())
                .filter(text -> !text.isEmpty())
                .map(Path::of)
                .findFirst()
                .orElseGet(() -> DataDirectory.standard(environment));
        Optional<ConfigFile> file = ConfigFile.find(config, environment, data);
        return new Configuration(file, data, ConfigReader.read(settings, file, environment, flags));
    }
}
