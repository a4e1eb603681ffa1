package io.erlust.config;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The file to read.
 *
 * @param isNamed somebody named it; else it was found in the data directory
 */
public record ConfigFile(Path path, boolean isNamed) {
    public static final String VARIABLE = "ERLUST_CONFIG";
    public static final String NAME = "erlust.conf";

    /**
     * The one that is named, by the flag or else by the variable; else the one in the data
     * directory, if there is one.
     */
    public static Optional<ConfigFile> find(
            Optional<Path> flag, Map<String, String> environment, Path data) {
        Optional<ConfigFile> named = flag.or(() -> Optional.ofNullable(environment.get(VARIABLE))
                        .filter(name -> !name.isEmpty())
                        .map(Path::of))
                .map(path -> new ConfigFile(path, true));
        return named.or(() -> Optional.of(data.resolve(NAME))
                // a link to nowhere is there: to pass over it would surprise
                .filter(path -> Files.exists(path, LinkOption.NOFOLLOW_LINKS))
                .map(path -> new ConfigFile(path, false)));
    }
}
