package io.erlust.cli;

import io.erlust.config.ConfigFile;
import io.erlust.server.Server;
import io.erlust.server.ServerConfig;
import io.erlust.server.ServerSettings;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

@Command(
        name = ServeCommand.NAME,
        description = {
            "Starts a server, and prints \"listening on URL\" on stdout when it is ready.",
            "Each setting is also a key of erlust.conf and a variable of the environment:"
                    + " nodes-max, ERLUST_NODES_MAX, --nodes-max; the later wins.",
            "SIGTERM or Ctrl-C ends it in order: it takes nothing new, lets its nodes finish the"
                    + " item in hand for at most 10 seconds (drain), then stops. A second one"
                    + " hurries."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  erlust serve",
            "  erlust serve --port 8080 --data /var/lib/erlust",
            "  erlust serve --config /etc/erlust.conf          see: erlust config default",
            "  erlust serve --set retention.finished=7d --set drain=30s",
            "  erlust serve --database 'jdbc:postgresql://db/erlust?user=erlust'",
            "  erlust serve --allow-callback 127.0.0.1:8000     an application on this machine"
        })
final class ServeCommand implements Callable<Integer> {
    static final String NAME = "serve";

    private final Terminal terminal;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "its settings; flags and the environment win over it (default:"
                    + " $ERLUST_CONFIG, else erlust.conf in the data directory, if it is there)")
    private Optional<Path> config = Optional.empty();

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "any setting, by its key; repeatable. \"erlust config doc\" lists them")
    private List<String> set = List.of();

    ServeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /** One for each setting that has one. */
    static void addFlags(CommandLine serve) {
        new SettingFlags(ServerSettings.ALL).addTo(serve.getCommandSpec());
    }

    @Override
    public Integer call() throws InterruptedException {
        StopSignals signals = StopSignals.listen();
        ServerConfig configured = configured();
        Server server = StartedServer.start(configured);
        terminal.out().println("listening on " + server.url());
        terminal.out().flush();
        signals.next();
        terminal.err().println("stopping: finishing what is in hand; again to hurry");
        stop(server, signals, configured.drain());
        return ExitCode.OK;
    }

    private ServerConfig configured() {
        Configuration found = Configuration.read(
                ServerSettings.ALL,
                config,
                System.getenv(),
                new SettingFlags(ServerSettings.ALL)
                        .given(spec.commandLine().getParseResult(), set));
        ServerConfig result = ServerConfig.of(found.reading().orThrow(), found.data());
        // made here: few commands have something to log
        Logger log = LoggerFactory.getLogger(ServeCommand.class);
        found.file().map(ConfigFile::path).ifPresent(path -> log.info("settings from {}", path));
        found.reading().strayVariables().forEach(log::warn);
        return result;
    }

    private static void stop(Server server, StopSignals signals, Duration drain)
            throws InterruptedException {
        Thread.ofVirtual().name("hurry").start(() -> {
            try {
                signals.next();
                server.hurry();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        server.drain(drain);
    }
}
