package io.erlust.cli;

import io.erlust.server.Server;
import io.erlust.server.ServerConfig;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

@Command(
        name = "serve",
        description = {
            "Starts a server, and prints \"listening on URL\" on stdout when it is ready.",
            "SIGTERM or Ctrl-C ends it in order: it takes nothing new, lets its nodes finish the"
                    + " item in hand for at most 10 seconds, then stops. A second one hurries."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  erlust serve",
            "  erlust serve --port 8080 --data /var/lib/erlust",
            "  erlust serve --database 'jdbc:postgresql://db/erlust?user=erlust'",
            "  erlust serve --allow-callback 127.0.0.1:8000     an application on this machine"
        })
final class ServeCommand implements Callable<Integer> {
    private static final Duration DRAIN = Duration.ofSeconds(10);

    private final Terminal terminal;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "4370",
            description = "where it listens; 0: any free one (default: ${DEFAULT-VALUE})")
    private int port;

    @Option(
            names = "--bind",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "on which address; other than loopback needs --insecure-http"
                    + " (default: ${DEFAULT-VALUE})")
    private String bind = "127.0.0.1";

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "its data (default: $ERLUST_DATA, else ~/.local/share/erlust)")
    private Path data = DataDirectory.standard();

    @Option(
            names = "--database",
            paramLabel = "URL",
            description = "jdbc:postgresql://… (default: SQLite in the data directory)")
    private Optional<String> database = Optional.empty();

    @Option(
            names = "--allow-callback",
            paramLabel = "HOST:PORT",
            description = "callbacks may go there though it is a private address; repeatable")
    private List<String> allowCallbacks = List.of();

    @Option(
            names = "--nodes-max",
            paramLabel = "N",
            defaultValue = "64",
            description = "at most so many nodes at once (default: ${DEFAULT-VALUE})")
    private int nodesMax;

    @Option(
            names = "--sandbox",
            paramLabel = "LEVEL",
            defaultValue = "auto",
            description =
                    "how nodes are kept from this machine: bubblewrap, process (their own user"
                            + " and limits only), none (all rights of this server's user); auto:"
                            + " bubblewrap where it works, else process"
                            + " (default: ${DEFAULT-VALUE})")
    private String sandbox = "auto";

    @Option(
            names = "--spares",
            paramLabel = "N",
            defaultValue = "4",
            description = "so many processes of each language are kept ready for the nodes to"
                    + " come, some 10 MB each; 0: none (default: ${DEFAULT-VALUE})")
    private int spares;

    @Option(
            names = "--insecure-http",
            description = "allow other addresses than loopback without TLS: whoever can read the"
                    + " network can read the token")
    private boolean insecureHttp;

    @Option(
            names = "--host",
            paramLabel = "NAME",
            description = "a further name clients may call it by, as behind a proxy; repeatable")
    private List<String> hosts = List.of();

    ServeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        StopSignals signals = StopSignals.listen();
        Server server = StartedServer.start(new ServerConfig(
                bind,
                port,
                data.toAbsolutePath(),
                database,
                allowCallbacks,
                nodesMax,
                sandbox,
                spares,
                insecureHttp,
                hosts));
        terminal.out().println("listening on " + server.url());
        terminal.out().flush();
        signals.next();
        terminal.err().println("stopping: finishing what is in hand; again to hurry");
        stop(server, signals);
        return ExitCode.OK;
    }

    private static void stop(Server server, StopSignals signals) throws InterruptedException {
        Thread.ofVirtual().name("hurry").start(() -> {
            try {
                signals.next();
                server.hurry();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        server.drain(DRAIN);
    }
}
