package io.erlust.cli;

import io.erlust.json.Json;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "results",
        description = "Prints a job's results in order, one JSON object a line.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  erlust results 1",
            "  erlust results 1 --values            only what the job emitted",
            "  erlust results 1 --follow            wait for more until the job ends",
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

    @Option(names = "--values", description = "only the values, without number, node and time")
    private boolean values;

    @Option(names = "--follow", description = "wait for more until the job ends")
    private boolean follow;

    ResultsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        ApiClient client = connection.client();
        long left = limit;
        boolean wait = follow;
        while (left > 0) {
            long count = Math.min(PAGE, left);
            ApiPath path = path().with("after", after).with("limit", count);
            List<String> page = page(client, wait ? path.with("wait", WAIT_S) : path);
            left -= page.size(); // a short page is not the end, only an empty one may be
            boolean readerGone = terminal.out().checkError();
            if (readerGone || (page.isEmpty() && !wait)) {
                break;
            }
            if (page.isEmpty()) {
                // results of an ended job are complete: one more look without waiting is the last
                wait = !JobText.isFinal(client.get(ApiPath.of("v1", "jobs", id)));
            }
        }
        return ExitCode.OK;
    }

    private ApiPath path() {
        return ApiPath.of("v1", "jobs", id, "results");
    }

    private List<String> page(ApiClient client, ApiPath path) {
        String body = new String(client.getBytes(path), StandardCharsets.UTF_8);
        List<String> lines = body.lines().toList();
        if (values) {
            lines.forEach(
                    line -> terminal.out().println(Json.text(Json.parse(line).path("value"))));
        } else {
            terminal.out().print(body);
        }
        if (!lines.isEmpty()) {
            JsonNode last = Json.parse(lines.getLast());
            after = JobText.number(last, "seq");
        }
        return lines;
    }
}
