package io.erlust.config;

import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations and sizes as people write them: a number and its unit, which is never left out. */
final class Units {
    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("([0-9]{1,19}) ?([A-Za-z]+)");

    private static final Map<String, Duration> TIMES = Map.of(
            "ms", Duration.ofMillis(1),
            "s", Duration.ofSeconds(1),
            "m", Duration.ofMinutes(1),
            "h", Duration.ofHours(1),
            "d", Duration.ofDays(1));

    private static final Map<String, Long> BYTES = Map.of(
            "B", 1L,
            "KiB", 1L << 10,
            "MiB", 1L << 20,
            "GiB", 1L << 30,
            "TiB", 1L << 40,
            "kB", 1_000L,
            "MB", 1_000_000L,
            "GB", 1_000_000_000L,
            "TB", 1_000_000_000_000L);

    private Units() {}

    /** {@code 90s}, {@code 30d}, or ISO 8601: {@code PT5M}; a day has 24 hours. */
    static Optional<Duration> duration(String text) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text);
        try {
            if (matcher.matches()) {
                return Optional.ofNullable(TIMES.get(matcher.group(2)))
                        .map(unit -> unit.multipliedBy(Long.parseLong(matcher.group(1))));
            }
            return text.startsWith("P") ? Optional.of(Duration.parse(text)) : Optional.empty();
        } catch (ArithmeticException | DateTimeException | NumberFormatException e) {
            return Optional.empty(); // more than there is room for, or not ISO 8601
        }
    }

    /** {@code 2GiB}, {@code 500MB}; empty as well when it is more than fits. */
    static Optional<Long> bytes(String text) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        return Optional.ofNullable(BYTES.get(matcher.group(2)))
                .map(unit -> new BigInteger(matcher.group(1)).multiply(BigInteger.valueOf(unit)))
                .filter(bytes -> bytes.bitLength() < Long.SIZE)
                .map(BigInteger::longValue);
    }
}
