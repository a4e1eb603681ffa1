package io.erlust.cli;

import io.erlust.config.ConfigFile;
import io.erlust.config.InvalidConfig;
import io.erlust.config.SettingsText;
import io.erlust.server.ServerConfig;
import io.erlust.server.ServerSettings;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

@Command(
        name = "config",
        synopsisSubcommandLabel = "COMMAND",
        description = "The settings of a server: checked, explained, or as a file to start from.",
        commandListHeading = "%nCommands:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  erlust config default > erlust.conf       every setting, to be changed",
            "  erlust config check --config erlust.conf  is it right? exit code 0 or 2",
            "  erlust config doc                         every setting, as a table in Markdown"
        })
final class ConfigCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    ConfigCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Without a command: what there is. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    @Command(
            name = "check",
            description = {
                "Reads the file and the environment as \"erlust serve\" would, and prints \"ok\","
                        + " or every error on a line of its own."
            })
    int check(
            @Option(
                            names = "--config",
                            paramLabel = "FILE",
                            description = "default: $ERLUST_CONFIG, else erlust.conf in the data"
                                    + " directory")
                    Optional<Path> config) {
        return check(config, System.getenv());
    }

    int check(Optional<Path> config, Map<String, String> environment) {
        Configuration found =
                Configuration.read(ServerSettings.ALL, config, environment, List.of());
        List<String> errors = new ArrayList<>(found.reading().errors());
        if (errors.isEmpty()) {
            try {
                ServerConfig.of(found.reading().values(), found.data()).check();
            } catch (InvalidConfig e) {
                errors.addAll(e.errors());
            } catch (IllegalArgumentException e) { // of a file that is named
                errors.add(e.getMessage());
            }
        }
        errors.addAll(found.reading().strayVariables());
        if (errors.isEmpty()) {
            String file = found.file().map(ConfigFile::path).map(Path::toString).orElse("no file");
            terminal.out()
                    .println("ok: " + file + ", " + found.reading().values().count() + " settings");
            return ExitCode.OK;
        }
        errors.forEach(terminal.err()::println);
        return ExitCode.USAGE;
    }

    @Command(name = "doc", description = "Prints every setting, as a table in Markdown.")
    int doc() {
        terminal.out().print(SettingsText.table(ServerSettings.ALL));
        return ExitCode.OK;
    }

    @Command(
            name = "default",
            description = "Prints an erlust.conf with every setting at its default, commented out.")
    int printDefault() {
        terminal.out().print(SettingsText.file(ServerSettings.ALL));
        return ExitCode.OK;
    }
}
