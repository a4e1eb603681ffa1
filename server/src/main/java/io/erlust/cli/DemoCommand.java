package io.erlust.cli;

import io.erlust.process.DirectoryTree;
import io.erlust.server.Server;
import io.erlust.server.ServerConfig;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

@Command(
        name = "demo",
        description = {
            "Shows Erlust at work: starts a server of its own, and an application that has it merge"
                    + " contacts which are the same person, in parallel.",
            "Nothing stays behind but the merged contacts, unless --keep is given. The exit code is"
                    + " the application's."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  erlust demo",
            "  erlust demo --nodes 4 --contacts 20000",
            "  erlust demo --contacts my-contacts.csv --out merged.csv",
            "  erlust demo --keep                     look around afterwards"
        })
final class DemoCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Option(
            names = "--nodes",
            paramLabel = "N",
            defaultValue = "2",
            description = "processes that work (default: ${DEFAULT-VALUE})")
    private int nodes;

    @Option(
            names = "--contacts",
            paramLabel = "N|CSV",
            description = "so many made-up ones, or a file of yours (default: 5000)")
    private Optional<String> contacts = Optional.empty();

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "where the merged contacts go (default: a temporary file)")
    private Optional<Path> out = Optional.empty();

    @Option(names = "--keep", description = "leave the server running, and its data in place")
    private boolean keep;

    DemoCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        Path python = DemoFiles.python();
        StopSignals signals = StopSignals.listen();
        try {
            Path home = Files.createTempDirectory("erlust-demo-");
            try {
                return run(python, home, signals);
            } finally {
                if (!keep) {
                    DirectoryTree.delete(home);
                }
            }
        } catch (IOException e) {
            throw Failure.local("the demo can't use its files: " + e);
        }
    }

    private int run(Path python, Path home, StopSignals signals)
            throws IOException, InterruptedException {
        int callbackPort = freePort();
        ServerConfig config = ServerConfig.of(
                home.resolve("data"),
                Map.of(
                        "port",
                        "0",
                        "allow-callback",
                        "127.0.0.1:" + callbackPort,
                        "nodes-max",
                        String.valueOf(Math.max(64, nodes)),
                        "spares",
                        String.valueOf(Math.min(nodes, 4))));
        say("starting a server of the demo's own; its data is in " + config.data());
        Server server = StartedServer.start(config);
        try {
            DemoFiles.extract(home.resolve("app"));
            DemoApplication application = new DemoApplication(python, home, server.url());
            int exitCode = application.run(arguments(application, callbackPort), signals);
            sayNext(server, config, exitCode);
            if (keep) {
                signals.next();
            }
            return exitCode;
        } finally {
            server.drain(Duration.ofSeconds(2));
        }
    }

    private List<String> arguments(DemoApplication application, int callbackPort)
            throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>();
        if (contacts.isPresent()) {
            String given = contacts.get();
            boolean number = given.matches("[0-9]{1,9}");
            arguments.add((number ? application.generate(given) : existing(given)).toString());
        }
        arguments.addAll(List.of("--nodes", String.valueOf(nodes)));
        arguments.addAll(List.of("--callback-port", String.valueOf(callbackPort)));
        arguments.addAll(List.of("--out", out().toString()));
        arguments.add("--no-hints"); // they are for a server that stays
        return arguments;
    }

    /** Kept in any case: the report says where it is. */
    private Path out() throws IOException {
        return out.isPresent()
                ? out.get().toAbsolutePath()
                : Files.createTempFile("erlust-demo-merged-", ".csv");
    }

    private static Path existing(String file) {
        Path csv = Path.of(file).toAbsolutePath();
        if (!Files.isReadable(csv)) {
            throw Failure.usage("--contacts: expected a number or a CSV file, got " + file);
        }
        return csv;
    }

    private void sayNext(Server server, ServerConfig config, int exitCode) {
        if (keep) {
            say("the server goes on until Ctrl-C. In another terminal:");
            say("  export ERLUST_URL=" + server.url() + " ERLUST_DATA=" + config.data());
            say("  erlust jobs");
            say("  erlust queues");
        } else if (exitCode == ExitCode.OK) {
            say("");
            say("next:");
            say("  erlust demo --nodes 4 --contacts 20000    more contacts, more processes");
            say("  erlust demo --keep       the same, and the server stays for you to look around");
            say("  erlust serve             a server for your own application");
            say("  examples/contacts        the demo's application, to read and to change");
            say("                           its README: kill nodes and the server meanwhile");
        }
    }

    private void say(String text) {
        terminal.out().println(text);
        terminal.out().flush();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
