package io.erlust.cli;

import io.erlust.json.InvalidJson;

import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Submits jobs from a file of lines, a request for each block of them: what is said to be accepted
 * is on the server's disk.
 */
final class BulkSubmit {
    /** What a file of jobs can be submitted with: all else is in its lines. */
    private static final Set<String> OPTIONS = Set.of("--bulk", "--url", "--token", "--token-file");

    private final ApiClient client;
    private final Terminal terminal;
    private long accepted;
    private long existed;

    BulkSubmit(ApiClient client, Terminal terminal) {
        this.client = client;
        this.terminal = terminal;
    }

    /** Refuses options that would do nothing. */
    static void requireAlone(ParseResult given) {
        for (OptionSpec option : given.matchedOptions()) {
            if (!OPTIONS.contains(option.longestName())) {
                throw Failure.usage("--bulk and " + option.longestName()
                        + ": expected the jobs' fields in the lines of the file alone");
            }
        }
    }

    int submit(String file) {
        try (InputStream in = open(file)) {
            LineBatches batches = new LineBatches(in);
            Optional<LineBatches.Batch> batch = batches.next();
            while (batch.isPresent()) {
                submit(batch.get());
                batch = batches.next();
            }
        } catch (IOException e) {
            throw Failure.reading(file, e);
        }
        terminal.out().println("accepted " + accepted + ", existed " + existed);
        terminal.out().flush();
        return ExitCode.OK;
    }

    private InputStream open(String file) throws IOException {
        return file.equals("-") ? terminal.in() : Files.newInputStream(Path.of(file));
    }

    private void submit(LineBatches.Batch batch) {
        ApiClient.Answer answer =
                client.tryPost(ApiPath.of("v1", "jobs"), ApiClient.NDJSON, batch.bytes());
        if (answer.ok()) {
            JsonNode said = answer.json();
            accepted += said.path("accepted").longValue();
            existed += said.path("existed").longValue();
            return;
        }
        Failure refusal = client.refused(answer.status(), answer.body());
        int stored = Math.min(storedBefore(answer), batch.lines() - 1);
        accepted += stored;
        throw new Failure(
                refusal.exitCode(),
                "line " + batch.numbers()[stored] + ": " + refusal.getMessage() + "\n  accepted "
                        + accepted + ": all that are before it, and nothing behind it");
    }

    /** How many jobs of the block are stored, though one behind them was refused. */
    private static int storedBefore(ApiClient.Answer answer) {
        try {
            return answer.json().path("accepted").asInt(0);
        } catch (InvalidJson e) {
            return 0;
        }
    }
}
