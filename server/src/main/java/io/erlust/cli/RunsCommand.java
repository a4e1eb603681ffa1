package io.erlust.cli;

import io.erlust.json.Json;
import io.erlust.time.WallClock;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import tools.jackson.databind.JsonNode;

import java.util.Optional;
import java.util.concurrent.Callable;

@Command(
        name = "runs",
        description = "Lists the runs of a job, newest first. Each attempt is a run.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  erlust runs night",
            "  erlust runs night --limit 10",
            "  erlust results night --run 3     what a run emitted; erlust logs has --run too"
        })
final class RunsCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final Connection connection = new Connection();

    @Parameters(paramLabel = "ID", description = "the job's id")
    private String id = "";

    @Option(names = "--limit", paramLabel = "N", description = "at most so many")
    private Optional<Integer> limit = Optional.empty();

    @Option(
            names = "--after",
            paramLabel = "CURSOR",
            description = "the next page: what the page before said last")
    private Optional<String> after = Optional.empty();

    @Option(names = "--json", description = "the server's answer as it is")
    private boolean json;

    RunsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        ApiPath path =
                ApiPath.of("v1", "jobs", id, "runs").with("limit", limit).with("after", after);
        JsonNode answer = connection.client().get(path);
        if (json) {
            terminal.out().println(Json.text(answer));
            return ExitCode.OK;
        }
        Table table =
                new Table(">RUN", ">ATTEMPT", "STATE", "STARTED", ">RAN", ">RESULTS", "REASON");
        for (JsonNode run : answer.path("runs").values()) {
            table.row(
                    JobText.number(run, "run"),
                    JobText.number(run, "attempt"),
                    JobText.text(run, "state"),
                    JobText.time(run, "started_at"),
                    JobText.ran(run, WallClock.system().now()),
                    JobText.count(JobText.number(run, "results")),
                    JobText.text(run, "reason"));
        }
        table.print(terminal);
        String next = JobText.text(answer, "next");
        if (!next.isEmpty()) {
            terminal.err().println("more: erlust runs " + id + " --after " + next);
        }
        return ExitCode.OK;
    }
}
