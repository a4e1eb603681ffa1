package io.erlust.cli;

import io.erlust.json.Json;

import picocli.CommandLine.Option;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The options that say when a job runs, how often, and before which others. */
final class LifeOptions {
    @Option(
            names = "--when",
            paramLabel = "WHEN",
            description = "now; manual: by erlust start ID; a time (2026-12-24T18:00:00Z); after a"
                    + " while (5m, PT5M); or JSON (default: now)")
    private Optional<String> when = Optional.empty();

    @Option(
            names = "--cron",
            paramLabel = "EXPR",
            description = "again and again: minute hour day-of-month month day-of-week")
    private Optional<String> cron = Optional.empty();

    @Option(
            names = "--timezone",
            paramLabel = "ZONE",
            description = "of --cron, such as Europe/Athens (default: UTC)")
    private Optional<String> timezone = Optional.empty();

    @Option(
            names = "--overlap",
            paramLabel = "HOW",
            description = "of --cron, when it is due and the run before goes on: skip it, queue"
                    + " one run, or replace that one (default: skip)")
    private Optional<String> overlap = Optional.empty();

    @Option(
            names = "--no-catch-up",
            description = "of --cron: no run for times at which no server ran")
    private boolean noCatchUp;

    @Option(
            names = "--after",
            paramLabel = "ID",
            split = ",",
            description = "when this job has completed; repeatable")
    private List<String> after = List.of();

    @Option(
            names = "--on",
            paramLabel = "END",
            description = "of --after: completed, finished (however) or failed (one of them)"
                    + " (default: completed)")
    private Optional<String> on = Optional.empty();

    @Option(
            names = "--expires",
            paramLabel = "TIME",
            description = "cancel it if it has not started by then: a time, or after a while (2h)")
    private Optional<String> expires = Optional.empty();

    @Option(
            names = "--attempts",
            paramLabel = "N",
            description = "how often it may run until it completes (default: 1)")
    private Optional<Integer> attempts = Optional.empty();

    @Option(
            names = "--backoff",
            paramLabel = "TIME",
            description = "before its second attempt; then doubled (default: 10s)")
    private Optional<String> backOff = Optional.empty();

    @Option(
            names = "--priority",
            paramLabel = "N",
            description = "-100 to 100; higher ones start first (default: 0)")
    private Optional<Integer> priority = Optional.empty();

    void put(ObjectNode job) {
        long ways = Stream.of(when.isPresent(), cron.isPresent(), !after.isEmpty())
                .filter(given -> given)
                .count();
        if (ways > 1) {
            throw Failure.usage("--when, --cron and --after: expected one of them");
        }
        boolean ofCron = timezone.isPresent() || overlap.isPresent() || noCatchUp;
        if (ofCron && cron.isEmpty()) {
            throw Failure.usage("--timezone, --overlap, --no-catch-up: expected --cron with them");
        }
        if (on.isPresent() && after.isEmpty()) {
            throw Failure.usage("--on: expected --after with it");
        }
        when.ifPresent(text -> job.set("when", when(text)));
        cron.ifPresent(expression -> putCron(job.putObject("when"), expression));
        if (!after.isEmpty()) {
            ObjectNode object = job.putObject("when");
            after.forEach(object.putArray("after")::add);
            on.ifPresent(end -> object.put("on", end));
        }
        expires.ifPresent(text -> job.put("expires_at", TimeText.moment(text)));
        attempts.ifPresent(count -> job.put("job_attempts", count));
        backOff.ifPresent(text -> job.put("job_backoff_ms", TimeText.millis(text)));
        priority.ifPresent(number -> job.put("priority", number));
    }

    private void putCron(ObjectNode object, String expression) {
        object.put("cron", expression);
        timezone.ifPresent(zone -> object.put("timezone", zone));
        overlap.ifPresent(how -> object.put("overlap", how));
        if (noCatchUp) {
            object.put("catch_up", false);
        }
    }

    private static JsonNode when(String text) {
        return text.startsWith("{")
                ? JobFile.json("--when", text)
                : Json.object().stringNode(TimeText.moment(text));
    }
}
