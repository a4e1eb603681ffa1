package io.erlust.config;

import java.util.Locale;
import java.util.Optional;

/**
 * One thing that can be set.
 *
 * @param key in the file: {@code retention.finished}
 * @param standard its value unless set, as written in a file; empty: {@code otherwise} says what is
 *     then
 * @param flag what follows its own flag in a usage text: {@code PORT}; empty: it has no flag, only
 *     {@code --set}
 * @param secret its value is never shown
 * @param inNamedFileOnly a file that was found in the data directory can't set it
 * @param doc one line: what it is, with its unit
 */
public record Setting<T>(
        String key,
        Kind<T> kind,
        Optional<String> standard,
        String otherwise,
        Optional<String> flag,
        boolean secret,
        boolean inNamedFileOnly,
        String doc) {
    static final String PREFIX = "ERLUST_";

    public static <T> Setting<T> of(String key, Kind<T> kind, String standard, String doc) {
        return new Setting<>(
                key, kind, Optional.of(standard), standard, Optional.empty(), false, false, doc);
    }

    /** One without a value of its own. */
    public static <T> Setting<T> unset(String key, Kind<T> kind, String otherwise, String doc) {
        return new Setting<>(
                key, kind, Optional.empty(), otherwise, Optional.empty(), false, false, doc);
    }

    public Setting<T> withFlag(String label) {
        return new Setting<>(
                key, kind, standard, otherwise, Optional.of(label), secret, inNamedFileOnly, doc);
    }

    public Setting<T> hidden() {
        return new Setting<>(key, kind, standard, otherwise, flag, true, inNamedFileOnly, doc);
    }

    public Setting<T> onlyInNamedFile() {
        return new Setting<>(key, kind, standard, otherwise, flag, secret, true, doc);
    }

    /** The environment variable: {@code ERLUST_RETENTION_FINISHED}. */
    public String variable() {
        return PREFIX + key.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
    }

    /** How it is set on the command line. */
    public String flagName() {
        return flag.isPresent() ? "--" + key.substring(key.lastIndexOf('.') + 1) : "--set " + key;
    }

    /** A flag may be given several times: it is a list. */
    public boolean isRepeatable() {
        return kind.isList();
    }

    /** What is wrong with this value, if anything is. */
    Optional<String> wrong(Given given) {
        if (kind.read(given).isPresent()) {
            return Optional.empty();
        }
        String got = secret ? "another text (not shown: it may hold a password)" : given.shown();
        return Optional.of(
                given.where() + ": " + key + ": expected " + kind.expected() + ", got " + got);
    }
}
