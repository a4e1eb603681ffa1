package io.erlust.cli;

import io.erlust.json.Json;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

@Command(
        name = "results",
        description = "Prints a job's results in order, one JSON object a line.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  erlust results 1",
            "  erlust results 1 --values            only what the job emitted",
            "  erlust results 1 --follow            wait for more until the run ends",
            "  erlust results night --run 3",
            "  erlust results 1 --after 17          those behind number 17"
        })
final class ResultsCommand implements Callable<Integer> {
    private static final int PAGE = 1000;

    /** How long the server may hold a request that finds nothing new. */
    private static final int WAIT_S = 30;

    private final Terminal terminal;

    @Mixin
    private final Connection connection = new Connection();

    @Parameters(paramLabel = "ID", description = "the job's id")
    private String id = "";

    @Option(names = "--after", paramLabel = "SEQ", description = "those behind this number")
    private long after;

    @Option(names = "--limit", paramLabel = "N", description = "at most so many")
    private long limit = Long.MAX_VALUE;

    @Option(
            names = "--run",
            paramLabel = "N",
            description = "of this run (default: the latest, and when followed its attempts)")
    private Optional<Long> run = Optional.empty();

    @Option(names = "--values", description = "only the values, without number, node and time")
    private boolean values;

    @Option(names = "--follow", description = "wait for more until the run ends")
    private boolean follow;

    ResultsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        ApiClient client = connection.client();
        if (follow) {
            follow(client);
            return ExitCode.OK;
        }
        ApiPath path = path().with("run", run);
        while (limit > 0 && !page(client, path).isEmpty()) {
            // a short page is not the end, only an empty one is
        }
        return ExitCode.OK;
    }

    private void follow(ApiClient client) {
        JsonNode job = client.get(ApiPath.of("v1", "jobs", id));
        long first = JobText.number(job, "run");
        FollowedRun followed = new FollowedRun(client, id, run.orElse(first));
        boolean wait = true;
        boolean goesOn = true;
        while (limit > 0 && goesOn) {
            ApiPath path = path().with("run", followed.number());
            if (!page(client, wait ? path.with("wait", WAIT_S) : path).isEmpty()) {
                continue;
            }
            if (wait) {
                job = client.get(ApiPath.of("v1", "jobs", id));
                // results of an ended run are complete: one more look without waiting is the last
                wait = !followed.hasEnded(job);
            } else {
                goesOn = run.isEmpty() && followed.moveToNextAttempt(job);
                wait = goesOn;
                after = 0;
            }
        }
    }

    private ApiPath path() {
        return ApiPath.of("v1", "jobs", id, "results");
    }

    private List<String> page(ApiClient client, ApiPath path) {
        ApiPath page = path.with("after", after).with("limit", Math.min(PAGE, limit));
        String body = new String(client.getBytes(page), StandardCharsets.UTF_8);
        List<String> lines = body.lines().toList();
        if (values) {
            lines.forEach(
                    line -> terminal.out().println(Json.text(Json.parse(line).path("value"))));
        } else {
            terminal.out().print(body);
        }
        limit -= lines.size();
        if (!lines.isEmpty()) {
            after = JobText.number(Json.parse(lines.getLast()), "seq");
        }
        if (terminal.out().checkError()) {
            limit = 0; // whoever read our output has gone
        }
        return lines;
    }
}
