package io.erlust.cli;

import tools.jackson.databind.JsonNode;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * How far something is, how fast, and how long the rest takes: of a job and of a node what the
 * server says.
 */
record Progress(long done, OptionalLong total, OptionalDouble rate, Optional<Duration> left) {
    /** Slower than this, tenths are shown. */
    private static final double WHOLE_FROM = 10;

    /** @param of a job or a node */
    static Progress of(JsonNode of) {
        JsonNode progress = of.path("progress");
        JsonNode rate = progress.path("rate");
        return new Progress(
                JobText.number(progress, "done"),
                progress.path("total").isNumber()
                        ? OptionalLong.of(JobText.number(progress, "total"))
                        : OptionalLong.empty(),
                rate.isNumber() ? OptionalDouble.of(rate.doubleValue()) : OptionalDouble.empty(),
                progress.path("left_ms").isNumber()
                        ? Optional.of(Duration.ofMillis(JobText.number(progress, "left_ms")))
                        : Optional.empty());
    }

    /** {@code [=====>....] 45% 2,250/5,000 512/s 9.8 s left}; {@code width} is of the bar. */
    String show(int width) {
        StringBuilder text = new StringBuilder();
        total.ifPresent(all -> text.append(bar(all, width)).append(percent(all)));
        text.append(JobText.count(done));
        total.ifPresent(all -> text.append('/').append(JobText.count(all)));
        rate.ifPresent(now -> text.append("  ").append(speed(now)));
        left.ifPresent(time -> text.append("  ").append(JobText.duration(time)).append(" left"));
        return text.toString();
    }

    private String bar(long all, int width) {
        if (width < 3) {
            return "";
        }
        int full = share(width, all);
        String head = full == 0 || full == width ? "" : ">";
        return "[" + "=".repeat(full - head.length()) + head + ".".repeat(width - full) + "]";
    }

    private String percent(long all) {
        return String.format(Locale.ROOT, " %3d%%  ", share(100, all));
    }

    /** So many of {@code parts} are done; at most all, whatever the numbers. */
    private int share(int parts, long all) {
        return (int) Math.min(parts, (double) parts * done / Math.max(1, all));
    }

    private static String speed(double perSecond) {
        return perSecond == 0 || perSecond >= WHOLE_FROM
                ? JobText.count(Math.round(perSecond)) + "/s"
                : String.format(Locale.ROOT, "%.1f/s", perSecond);
    }
}
