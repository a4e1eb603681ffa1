package io.erlust.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigResolver;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A file of HOCON: with substitutions from itself and the environment, and with includes of files,
 * never of URLs. Errors say file and line; the library's own words only where no secret is near.
 */
final class Hocon {
    private static final Pattern SECRET =
            Pattern.compile("jdbc|database|amqp|passw|secret", Pattern.CASE_INSENSITIVE);

    private static final int LINES_LATE = 5;
    private static final String NOT_SHOWN =
            "something else (not shown: it may hold a password); is a quote or a brace missing?";

    private Hocon() {}

    /** @throws InvalidConfig naming file and line */
    static ConfigObject parse(Path file, Map<String, String> environment) {
        try {
            return parse(new FileIncludes(List.of(file)))
                    .toConfig()
                    .resolve(ConfigResolveOptions.noSystem()
                            .appendResolver(new Variables(environment)))
                    .root();
        } catch (ConfigException.UnresolvedSubstitution e) {
            throw invalid(e, file.toString(), said(e));
        } catch (ConfigException e) {
            throw invalid(e, file.toString(), NOT_SHOWN);
        }
    }

    /** The last file of the chain, not yet resolved. */
    static ConfigObject parse(FileIncludes files) {
        String text = ConfigText.read(files.file());
        try {
            return ConfigFactory.parseString(
                            text,
                            ConfigParseOptions.defaults()
                                    .setSyntax(ConfigSyntax.CONF)
                                    .setOriginDescription(files.file().toString())
                                    .setIncluder(files))
                    .root();
        } catch (ConfigException e) {
            String file = files.file().toString();
            throw invalid(e, file, isNearSecret(e, text) ? NOT_SHOWN : said(e));
        } catch (StackOverflowError e) {
            throw new InvalidConfig(
                    List.of(files.file() + ": expected HOCON, got brackets nested too deep"));
        }
    }

    /** {@code FILE:LINE}, as editors take it. */
    static String where(ConfigOrigin origin) {
        return origin.description().replaceAll(": ([0-9]+)(-[0-9]+)?(?=,|$)", ":$1");
    }

    private static InvalidConfig invalid(ConfigException e, String file, String got) {
        ConfigOrigin origin = e.origin();
        return new InvalidConfig(
                List.of((origin == null ? file : where(origin)) + ": expected HOCON, got: " + got));
    }

    private static String said(ConfigException e) {
        ConfigOrigin origin = e.origin();
        String place = origin == null ? "" : origin.description() + ": ";
        return String.valueOf(e.getMessage())
                .replace(place, "")
                .replaceAll("(?s) \\(if you intended .*", "")
                .replaceAll("\\p{Cc}", "?");
    }

    /** Errors quote what they found, and are often found some lines late. */
    private static boolean isNearSecret(ConfigException e, String text) {
        ConfigOrigin origin = e.origin();
        if (origin == null || SECRET.matcher(said(e)).find()) {
            return true;
        }
        return text.lines()
                .skip(Math.max(0, origin.lineNumber() - 1 - LINES_LATE))
                .limit(LINES_LATE + 2)
                .anyMatch(near -> SECRET.matcher(near).find());
    }

    /** What {@code ${NAME}} is when the file itself has no such key. */
    private record Variables(Map<String, String> environment) implements ConfigResolver {
        @Override
        public @Nullable ConfigValue lookup(String path) {
            String value = environment.get(path);
            return value == null
                    ? null
                    : ConfigValueFactory.fromAnyRef(value, "environment variable " + path);
        }

        @Override
        public ConfigResolver withFallback(ConfigResolver fallback) {
            return this;
        }
    }
}
