package io.erlust.cli;

import tools.jackson.databind.JsonNode;

import java.time.Duration;
import java.time.Instant;
import java.util.stream.Collectors;

/** What a job waits for, in words. */
final class WaitingText {
    private WaitingText() {}

    /** Empty when it does not wait. */
    static String of(JsonNode job, Instant now) {
        JsonNode waiting = job.path("waiting_for");
        return switch (JobText.text(waiting, "kind")) {
            case "" -> "";
            case "time" -> "its time, " + at(waiting, "at", now);
            case "retry" ->
                "attempt " + JobText.text(waiting, "attempt") + " of " + JobText.text(waiting, "of")
                        + ", at " + at(waiting, "at", now);
            case "after" -> after(waiting);
            case "manual" -> "erlust start " + JobText.text(job, "id");
            case "paused" -> "erlust resume " + JobText.text(job, "id");
            case "nodes" -> nodes(waiting);
            default -> waiting.toString();
        };
    }

    /** A time and how far it is: {@code 2026-12-24 18:00:00 (in 3 h)}. */
    static String at(JsonNode object, String field, Instant now) {
        return JobText.instant(object, field)
                .map(at -> JobText.time(object, field) + " (" + in(now, at) + ")")
                .orElse("");
    }

    /** In one unit: {@code in 3 h}. */
    static String in(Instant now, Instant at) {
        Duration left = Duration.between(now, at);
        if (!left.isPositive()) {
            return "now";
        }
        long seconds = left.plusMillis(500).toSeconds();
        if (seconds < 100) {
            return "in " + seconds + " s";
        }
        long minutes = left.plusSeconds(30).toMinutes();
        if (minutes < 100) {
            return "in " + minutes + " min";
        }
        long hours = left.plusMinutes(30).toHours();
        return hours < 48 ? "in " + hours + " h" : "in " + left.plusHours(12).toDays() + " days";
    }

    private static String after(JsonNode waiting) {
        boolean failure = JobText.text(waiting, "on").equals("failed");
        return waiting.path("jobs").values().stream()
                .map(JsonNode::asString)
                .collect(Collectors.joining(", ", failure ? "a failure of " : "the end of ", ""));
    }

    private static String nodes(JsonNode waiting) {
        String place = JobText.text(waiting, "place");
        String needed = JobText.text(waiting, "needed");
        String behind = JobText.text(waiting, "behind");
        return (place.isEmpty() ? "its turn, far back in the line: " : "place " + place)
                + (place.isEmpty() ? "" : " in the line: ")
                + needed + (needed.equals("1") ? " node, " : " nodes, ")
                + JobText.text(waiting, "free") + " free"
                + (behind.isEmpty() ? "" : "; behind " + behind);
    }
}
