package io.erlust.cli;

import io.erlust.json.Json;
import io.erlust.time.WallClock;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import tools.jackson.databind.JsonNode;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

@Command(
        name = "jobs",
        description = "Lists jobs, newest first.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  erlust jobs",
            "  erlust jobs --state failed --limit 10",
            "  erlust jobs --label team=billing --label urgent --json",
            "  erlust jobs --state scheduled          those that wait, and when they are due"
        })
final class JobsCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final Connection connection = new Connection();

    @Option(
            names = "--state",
            paramLabel = "STATE",
            description = "only: scheduled, available, running, completed, failed or cancelled")
    private Optional<String> state = Optional.empty();

    @Option(
            names = "--label",
            paramLabel = "NAME[=VALUE]",
            description = "only with this label, whatever its value when none is given; repeatable")
    private List<String> labels = List.of();

    @Option(names = "--limit", paramLabel = "N", description = "at most so many")
    private Optional<Integer> limit = Optional.empty();

    @Option(
            names = "--after",
            paramLabel = "CURSOR",
            description = "the next page: what the page before said last")
    private Optional<String> after = Optional.empty();

    @Option(names = "--json", description = "the server's answer as it is")
    private boolean json;

    JobsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        ApiPath path = ApiPath.of("v1", "jobs")
                .with("state", state)
                .with("label", labels)
                .with("limit", limit)
                .with("after", after);
        JsonNode answer = connection.client().get(path);
        if (json) {
            terminal.out().println(Json.text(answer));
            return ExitCode.OK;
        }
        print(answer.path("jobs"));
        String next = JobText.text(answer, "next");
        if (!next.isEmpty()) {
            terminal.err().println("more: erlust jobs --after " + next);
        }
        return ExitCode.OK;
    }

    private void print(JsonNode jobs) {
        if (jobs.isEmpty()) {
            terminal.err().println("no jobs. Submit one: erlust submit FILE.py --follow");
            return;
        }
        Instant now = WallClock.system().now();
        Table table = new Table("ID", "STATE", ">NODES", "DUE", "CREATED", ">RAN", "REASON");
        for (JsonNode job : jobs.values()) {
            table.row(
                    JobText.text(job, "id"),
                    JobText.text(job, "state"),
                    JobText.text(job, "num_of_nodes"),
                    due(job, now),
                    JobText.time(job, "created_at"),
                    JobText.ran(job, now),
                    JobText.text(job, "reason"));
        }
        table.print(terminal);
    }

    private static String due(JsonNode job, Instant now) {
        if (job.path("paused").asBoolean(false)) {
            return "paused";
        }
        return JobText.instant(job, "due_at").map(at -> WaitingText.in(now, at)).orElse("");
    }
}
