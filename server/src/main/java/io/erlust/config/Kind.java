package io.erlust.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What values a setting takes: says in words what it expects, and reads a given value, or not.
 *
 * @param <T> what it reads
 */
public final class Kind<T> {
    private static final Pattern INTEGER = Pattern.compile("-?[0-9]{1,18}");

    private final String expected;
    private final boolean isList;
    private final Function<Given, Optional<T>> reader;

    private Kind(String expected, boolean isList, Function<Given, Optional<T>> reader) {
        this.expected = expected;
        this.isList = isList;
        this.reader = reader;
    }

    public static Kind<Integer> integer(int min, int max) {
        return one(
                "an integer from " + min + " to " + max,
                text -> Optional.of(text)
                        .filter(digits -> INTEGER.matcher(digits).matches())
                        .map(Long::parseLong)
                        .filter(value -> value >= min && value <= max)
                        .map(Long::intValue));
    }

    /** The bounds are written as a value is. */
    public static Kind<Duration> duration(String min, String max) {
        Duration shortest = Units.duration(min).orElseThrow();
        Duration longest = Units.duration(max).orElseThrow();
        return one(
                "a duration like 90s, 12h, 30d or PT5M, from " + min + " to " + max,
                text -> Units.duration(text)
                        .filter(value ->
                                value.compareTo(shortest) >= 0 && value.compareTo(longest) <= 0));
    }

    /** In bytes; the bounds are written as a value is. */
    public static Kind<Long> size(String min, String max) {
        long least = Units.bytes(min).orElseThrow();
        long most = Units.bytes(max).orElseThrow();
        return one(
                "a size like 512MiB or 2GiB, from " + min + " to " + max,
                text -> Units.bytes(text).filter(value -> value >= least && value <= most));
    }

    public static Kind<String> word(List<String> words) {
        return one(
                "one of " + String.join(", ", words),
                text -> Optional.of(text).filter(words::contains));
    }

    public static Kind<Boolean> bool() {
        return one("true or false", text -> switch (text) {
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default -> Optional.empty();
        });
    }

    public static Kind<Path> path() {
        return one("a path", text -> text.isEmpty() ? Optional.empty() : pathOf(text));
    }

    /**
     * A text of some form.
     *
     * @param parser makes the value, or throws IllegalArgumentException
     */
    public static <T> Kind<T> text(String expected, Function<String, T> parser) {
        return one(expected, text -> parsed(text, parser));
    }

    /**
     * A list in a file; elsewhere, where there are none, a text with commas.
     *
     * @param expected of one item
     * @param parser makes an item's value, or throws IllegalArgumentException
     */
    public static <T> Kind<List<T>> list(String expected, Function<String, T> parser) {
        return new Kind<>("a list, each " + expected, true, given -> {
            List<T> values = new ArrayList<>();
            for (String item :
                    given.isList() ? given.items() : split(given.items().getFirst())) {
                Optional<T> value = parsed(item, parser);
                if (value.isEmpty()) {
                    return Optional.empty();
                }
                values.add(value.get());
            }
            return Optional.of(List.copyOf(values));
        });
    }

    public String expected() {
        return expected;
    }

    boolean isList() {
        return isList;
    }

    /** Empty: it is not what is expected. */
    Optional<T> read(Given given) {
        return reader.apply(given);
    }

    private static <T> Kind<T> one(String expected, Function<String, Optional<T>> reader) {
        return new Kind<>(
                expected,
                false,
                given -> given.isList()
                        ? Optional.empty()
                        : reader.apply(given.items().getFirst()));
    }

    private static <T> Optional<T> parsed(String text, Function<String, T> parser) {
        try {
            return Optional.of(parser.apply(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // what was expected is said by the kind, in the same words
        }
    }

    private static Optional<Path> pathOf(String text) {
        try {
            return Optional.of(Path.of(text));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private static List<String> split(String text) {
        return Pattern.compile(",")
                .splitAsStream(text)
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .toList();
    }
}
