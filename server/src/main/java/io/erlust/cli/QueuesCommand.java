package io.erlust.cli;

import io.erlust.json.Json;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import tools.jackson.databind.JsonNode;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

@Command(
        name = "queues",
        description = "Lists queues and how many items are where.",
        footerHeading = "%nExamples:%n",
        footer = {"  erlust queues", "  erlust queues contacts", "  erlust queues --json"})
final class QueuesCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final Connection connection = new Connection();

    @Parameters(arity = "0..1", paramLabel = "NAME", description = "only this queue")
    private Optional<String> name = Optional.empty();

    @Option(names = "--json", description = "the server's answer as it is")
    private boolean json;

    QueuesCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        ApiPath all = ApiPath.of("v1", "queues");
        ApiPath path = name.map(one -> ApiPath.of("v1", "queues", one)).orElse(all);
        JsonNode answer = connection.client().get(path);
        if (json) {
            terminal.out().println(Json.text(answer));
        } else if (name.isPresent()) {
            print(List.of(answer));
        } else {
            print(List.copyOf(answer.path("queues").values()));
        }
        return ExitCode.OK;
    }

    private void print(List<JsonNode> queues) {
        if (queues.isEmpty()) {
            terminal.err().println("no queues. Put something: erlust put QUEUE FILE.ndjson");
            return;
        }
        Table table = new Table(
                "QUEUE",
                "BACKEND",
                ">READY",
                ">IN HAND",
                ">RETRYING",
                ">DEAD",
                ">IN/S",
                ">OUT/S",
                ">PRODUCERS",
                ">CONSUMERS");
        for (JsonNode queue : queues) {
            table.row(
                    JobText.text(queue, "name"),
                    JobText.text(queue, "backend"),
                    JobText.count(JobText.number(queue, "ready")),
                    JobText.count(JobText.number(queue, "in_hand")),
                    JobText.count(JobText.number(queue, "retrying")),
                    JobText.count(JobText.number(queue, "dead")),
                    JobText.text(queue, "put_rate"),
                    JobText.text(queue, "ack_rate"),
                    JobText.number(queue, "producers"),
                    JobText.number(queue, "consumers"));
        }
        table.print(terminal);
        for (JsonNode queue : queues) {
            if (queue.has("trouble")) {
                terminal.err()
                        .println(JobText.text(queue, "name") + ": "
                                + JobText.text(queue, "trouble"));
            }
        }
    }
}
