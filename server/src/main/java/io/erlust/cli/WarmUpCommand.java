package io.erlust.cli;

import io.erlust.process.DirectoryTree;
import io.erlust.server.Server;
import io.erlust.server.ServerConfig;

import picocli.CommandLine.Command;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * The training run of the JVM's AOT cache, started by the launcher after a build: a server and the
 * commands do a little of everything once, so that their classes are in the cache.
 */
@Command(name = "warm-up", hidden = true, description = "The training run of the AOT cache.")
final class WarmUpCommand implements Callable<Integer> {
    private static final String JOB = """
            {"job": {"id": "warm-up", "language": "python", "num_of_nodes": "1",
             "source": "def handle(item): return item"}}""";

    @Override
    public Integer call() throws IOException {
        Path data = Files.createTempDirectory("erlust-warm-up-");
        try {
            warmUp(data);
        } finally {
            DirectoryTree.delete(data);
        }
        return ExitCode.OK;
    }

    private static void warmUp(Path data) {
        Server server = StartedServer.start(
                ServerConfig.of(data, Map.of("port", "0", "nodes-max", "4", "spares", "1")));
        try {
            String token = data.resolve("admin.token").toString();
            for (List<String> command : commands()) {
                run(command, server.url().toString(), token);
            }
        } finally {
            server.drain(Duration.ofSeconds(2));
        }
    }

    private static List<List<String>> commands() {
        return List.of(
                List.of("put", "warm-up", "--item", "{\"n\": 1}"),
                List.of("submit", "-", "--follow"),
                List.of("jobs"),
                List.of("job", "warm-up"),
                List.of("results", "warm-up"),
                List.of("logs", "warm-up"),
                List.of("queues"),
                List.of("job", "nobody"));
    }

    /** The exit code does not matter here: a refusal warms up as well as a success. */
    private static void run(List<String> command, String url, String tokenFile) {
        PrintStream nowhere =
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        var stdin = new ByteArrayInputStream(JOB.getBytes(StandardCharsets.UTF_8));
        Terminal terminal = new Terminal(stdin, nowhere, nowhere, true, 80);
        List<String> args = new ArrayList<>(command);
        args.addAll(List.of("--url", url, "--token-file", tokenFile));
        Commands.execute(terminal, args.toArray(String[]::new));
        Commands.execute(terminal, command.getFirst(), "--help");
    }
}
