package io.erlust.cli;

import io.erlust.json.Json;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import tools.jackson.databind.JsonNode;

import java.util.concurrent.Callable;

/** What the verbs have in common: {@code POST /v1/jobs/ID/VERB}, then perhaps watch. */
abstract sealed class JobVerb implements Callable<Integer>
        permits StartCommand, CancelCommand, RetryCommand, PauseCommand, ResumeCommand {
    private final Terminal terminal;
    private final String verb;

    @Mixin
    private final Connection connection = new Connection();

    @Parameters(paramLabel = "ID", description = "the job's id")
    private String id = "";

    @Option(names = "--follow", description = "then watch it until it ends")
    private boolean follow;

    @Option(names = "--json", description = "the server's answer as it is")
    private boolean json;

    JobVerb(Terminal terminal, String verb) {
        this.terminal = terminal;
        this.verb = verb;
    }

    @Override
    public Integer call() {
        ApiClient client = connection.client();
        JsonNode job = client.post(ApiPath.of("v1", "jobs", id, verb));
        if (json) {
            terminal.out().println(Json.text(job));
        } else {
            terminal.out().println("job " + id + ": " + JobText.state(job));
        }
        terminal.out().flush();
        return follow ? new Follow(client, terminal, id).toEnd(job) : ExitCode.OK;
    }
}
