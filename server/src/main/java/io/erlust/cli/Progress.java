package io.erlust.cli;

import tools.jackson.databind.JsonNode;

import java.util.Locale;
import java.util.OptionalLong;

/**
 * How far a job is: what its nodes said by {@code node.progress}, or else the items they finished,
 * against what is left in its queue.
 */
record Progress(long done, OptionalLong total) {
    static Progress of(JsonNode job, OptionalLong leftInQueue) {
        long said = 0;
        long saidTotal = 0;
        long items = 0;
        for (JsonNode node : job.path("nodes").values()) {
            JsonNode progress = node.path("progress");
            said += JobText.number(progress, "done");
            saidTotal += JobText.number(progress, "total");
            items += JobText.number(node, "items");
        }
        if (said > 0 || saidTotal > 0) {
            return new Progress(
                    said, saidTotal > 0 ? OptionalLong.of(saidTotal) : OptionalLong.empty());
        }
        OptionalLong total = leftInQueue.isPresent() && items + leftInQueue.getAsLong() > 0
                ? OptionalLong.of(items + leftInQueue.getAsLong())
                : OptionalLong.empty();
        return new Progress(items, total);
    }

    /** {@code [=====>....] 45% 2,250/5,000 512/s 9.8 s left}; {@code width} is of the bar. */
    String show(Rate rate, int width) {
        StringBuilder text = new StringBuilder();
        total.ifPresent(all -> text.append(bar(all, width)).append(percent(all)));
        text.append(JobText.count(done));
        total.ifPresent(all -> text.append('/').append(JobText.count(all)));
        text.append("  ").append(JobText.count(Math.round(rate.perSecond()))).append("/s");
        if (total.isPresent()) {
            rate.timeFor(Math.max(0, total.getAsLong() - done))
                    .ifPresent(left -> text.append("  ").append(JobText.duration(left) + " left"));
        }
        return text.toString();
    }

    private String bar(long all, int width) {
        if (width < 3) {
            return "";
        }
        int full = (int) Math.min(width, width * done / Math.max(1, all));
        String head = full == 0 || full == width ? "" : ">";
        return "[" + "=".repeat(full - head.length()) + head + ".".repeat(width - full) + "]";
    }

    private String percent(long all) {
        long percent = Math.min(100, 100 * done / Math.max(1, all));
        return String.format(Locale.ROOT, " %3d%%  ", percent);
    }
}
