package io.erlust.cli;

import io.erlust.json.Json;
import io.erlust.time.WallClock;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import tools.jackson.databind.JsonNode;

import java.time.Instant;
import java.util.concurrent.Callable;

@Command(
        name = "job",
        description = "Shows one job and its nodes; --follow watches it to its end.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  erlust job 1",
            "  erlust job 1 --follow      its exit code is 0 when the job completed, else 1;",
            "                             of a recurring job: the run that goes on or comes next",
            "  erlust job 1 --json"
        })
final class JobCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final Connection connection = new Connection();

    @Parameters(paramLabel = "ID", description = "the job's id")
    private String id = "";

    @Option(names = "--follow", description = "watch it until it ends")
    private boolean follow;

    @Option(names = "--json", description = "the server's answer as it is")
    private boolean json;

    JobCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        ApiClient client = connection.client();
        if (follow) {
            return new Follow(client, terminal, id).toEnd();
        }
        JsonNode job = client.get(ApiPath.of("v1", "jobs", id));
        if (json) {
            terminal.out().println(Json.text(job));
        } else {
            print(job);
        }
        return ExitCode.OK;
    }

    private void print(JsonNode job) {
        Instant now = WallClock.system().now();
        String attempt = JobText.attempt(job);
        field(
                "job",
                JobText.text(job, "id") + ", run " + JobText.number(job, "run")
                        + (attempt.isEmpty() ? "" : ", " + attempt));
        field("state", JobText.state(job));
        field("reason", JobText.text(job, "reason"));
        field("waiting for", WaitingText.of(job, now));
        field("schedule", schedule(job.path("when")));
        field("due", WaitingText.at(job, "due_at", now));
        field("expires", WaitingText.at(job, "expires_at", now));
        field(
                "priority",
                JobText.number(job, "priority") == 0 ? "" : JobText.text(job, "priority"));
        field("language", JobText.text(job, "language"));
        field("isolation", JobText.text(job, "isolation"));
        field("created", JobText.time(job, "created_at"));
        field("started", JobText.time(job, "started_at"));
        field("ended", JobText.time(job, "ended_at"));
        field("results", JobText.count(JobText.number(job, "results")));
        field("ran", JobText.ran(job, now));
        if (JobText.text(job, "state").equals("running")) {
            field("progress", Progress.of(job).show(0).strip());
        }
        if (job.path("nodes").isEmpty()) {
            return;
        }
        terminal.out().println();
        Table table =
                new Table(">NODE", "STATE", ">PID", ">ITEMS", ">RESTARTS", "PROGRESS", "EXIT");
        for (JsonNode node : job.path("nodes").values()) {
            table.row(
                    JobText.text(node, "rank"),
                    JobText.text(node, "state"),
                    JobText.text(node, "pid"),
                    JobText.count(JobText.number(node, "items")),
                    JobText.number(node, "restarts"),
                    progress(node),
                    JobText.text(node, "exit"));
        }
        table.print(terminal);
        job.path("nodes").values().forEach(this::lastWords);
    }

    private static String schedule(JsonNode when) {
        if (!when.has("cron")) {
            return "";
        }
        String overlap = JobText.text(when, "overlap");
        return JobText.text(when, "cron") + " in " + JobText.text(when, "timezone")
                + (overlap.equals("skip") ? "" : ", overlap " + overlap)
                + (when.path("catch_up").asBoolean(true) ? "" : ", no catch-up");
    }

    /** The last lines that a node wrote before it ended badly. */
    private void lastWords(JsonNode node) {
        String stderr = JobText.lines(node, "stderr");
        if (!stderr.isEmpty()) {
            terminal.out().println();
            terminal.out()
                    .println("node " + JobText.text(node, "rank") + ", "
                            + Table.clean(JobText.text(node, "exit")) + ", wrote last:");
            terminal.out().println(stderr.indent(2).stripTrailing());
        }
    }

    private void field(String label, String value) {
        if (!value.isEmpty()) {
            String indented = Table.cleanLines(value.strip()).replace("\n", "\n" + " ".repeat(13));
            terminal.out().println((label + " ".repeat(13)).substring(0, 13) + indented);
        }
    }

    private static String progress(JsonNode node) {
        JsonNode said = node.path("progress");
        return said.isObject()
                ? (Progress.of(node).show(0) + "  " + JobText.text(said, "note")).strip()
                : "";
    }
}
