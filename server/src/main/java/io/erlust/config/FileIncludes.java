package io.erlust.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;

import java.io.File;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What {@code include} in a file may name: a file, from the directory of the one that includes it.
 * As HOCON has it, one that is not there is empty, unless it is {@code required}. Nothing is ever
 * fetched.
 *
 * @param chain the file that is read now, last, and before it those that include it
 */
record FileIncludes(List<Path> chain)
        implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
    private static final Pattern URL_START = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:.*");

    FileIncludes {
        chain = List.copyOf(chain);
    }

    Path file() {
        return chain.getLast();
    }

    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
        return this;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String what) {
        if (URL_START.matcher(what).matches()) {
            throw refused(what);
        }
        return includeName(context, what);
    }

    @Override
    public ConfigObject includeFile(ConfigIncludeContext context, File what) {
        return includeName(context, what.getPath());
    }

    @Override
    public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
        throw refused(what.toString());
    }

    @Override
    public ConfigObject includeResources(ConfigIncludeContext context, String what) {
        throw refused("classpath(" + what + ")");
    }

    private ConfigObject includeName(ConfigIncludeContext context, String name) {
        Path included;
        try {
            included = file().resolveSibling(name).normalize();
        } catch (InvalidPathException e) {
            throw refused(name);
        }
        boolean optional = context.parseOptions().getAllowMissing();
        if (optional && !Files.exists(included, LinkOption.NOFOLLOW_LINKS)) {
            return ConfigFactory.empty().root();
        }
        if (chain.stream().anyMatch(each -> isSame(each, included))) {
            throw new InvalidConfig(List.of(file() + ": include: expected a file that does not"
                    + " include this one, got " + included));
        }
        List<Path> longer = new ArrayList<>(chain);
        longer.add(included);
        return Hocon.parse(new FileIncludes(longer));
    }

    private static boolean isSame(Path one, Path other) {
        return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
    }

    private InvalidConfig refused(String what) {
        return new InvalidConfig(
                List.of(file() + ": include: expected a file's name, got " + Given.quoted(what)));
    }
}
