package io.erlust.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.Callable;

@Command(
        name = "logs",
        description = "Prints what a job's nodes wrote on stdout and stderr.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  erlust logs 1",
            "  erlust logs 1 --node 0",
            "  erlust logs night --run 3",
            "  erlust logs 1 --follow      until the run ends"
        })
final class LogsCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final Connection connection = new Connection();

    @Parameters(paramLabel = "ID", description = "the job's id")
    private String id = "";

    @Option(names = "--node", paramLabel = "RANK", description = "only of this node")
    private Optional<Integer> node = Optional.empty();

    @Option(
            names = "--run",
            paramLabel = "N",
            description = "of this run (default: the latest, and when followed its attempts)")
    private Optional<Long> run = Optional.empty();

    @Option(names = "--follow", description = "print more as it comes, until the run ends")
    private boolean follow;

    LogsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        ApiClient client = connection.client();
        ApiPath path = ApiPath.of("v1", "jobs", id, "logs").with("node", node);
        try {
            if (follow) {
                follow(client, path.with("follow", true));
            } else {
                copy(client, path.with("run", run));
            }
        } catch (IOException e) {
            throw new Failure(
                    ExitCode.UNREACHABLE, "the connection was lost (" + e.getMessage() + ")");
        }
        return ExitCode.OK;
    }

    private void copy(ApiClient client, ApiPath path) throws IOException {
        try (InputStream text = client.stream(path, "text/plain", Optional.empty())) {
            text.transferTo(terminal.out());
        }
    }

    private void follow(ApiClient client, ApiPath path) throws IOException {
        JsonNode first = client.get(ApiPath.of("v1", "jobs", id));
        JsonNode job = first;
        FollowedRun followed =
                new FollowedRun(client, id, run.orElseGet(() -> JobText.number(first, "run")));
        Optional<String> last = Optional.empty();
        boolean ended;
        do {
            // asked first: what is written before the end is in a stream opened after it
            ended = followed.hasEnded(job);
            ApiPath its = path.with("run", followed.number());
            try (EventStream events =
                    new EventStream(client.stream(its, "text/event-stream", last))) {
                print(events);
                last = events.lastId().isPresent() ? events.lastId() : last;
            }
            job = client.get(ApiPath.of("v1", "jobs", id));
            if (ended && run.isEmpty() && followed.moveToNextAttempt(job)) {
                last = Optional.empty();
                ended = false;
            }
        } while (!ended && !terminal.out().checkError());
    }

    private void print(EventStream events) throws IOException {
        for (var event = events.next(); event.isPresent(); event = events.next()) {
            terminal.out().println(event.get().data());
            if (terminal.out().checkError()) {
                return; // whoever read our output has gone
            }
        }
    }
}
