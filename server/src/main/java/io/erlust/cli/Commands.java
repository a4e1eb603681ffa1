package io.erlust.cli;

import io.erlust.config.InvalidConfig;
import io.erlust.json.InvalidJson;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;

/** The tree of all commands, and what an error in any of them looks like. */
@Command(
        name = "erlust",
        mixinStandardHelpOptions = true,
        versionProvider = Commands.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        description = "Runs code you send over HTTP: in parallel, under supervision.",
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:the job (of a recurring one: the run) that was followed failed or was cancelled",
            "2:the command line or the configuration is wrong",
            "3:no server answered",
            "4:the server refused",
            "5:something on this side: a file, a port, a missing program"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  erlust demo                          see it work, in a minute",
            "  erlust serve                         start a server on port 4370",
            "  erlust submit job.py --follow        run a program, watch it",
            "  erlust COMMAND --help                what a command takes, with examples"
        })
final class Commands implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    private Commands() {}

    /** Without a command: what there is. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    static int execute(Terminal terminal, String... args) {
        CommandLine tree = tree(terminal);
        // from the settings, which take a while to make: only for who may ask for them
        CommandLine serve = tree.getSubcommands().get(ServeCommand.NAME);
        if (serve != null && List.of(args).contains(ServeCommand.NAME)) {
            ServeCommand.addFlags(serve);
        }
        return tree.execute(args);
    }

    static CommandLine tree(Terminal terminal) {
        CommandLine root = new CommandLine(new Commands())
                .addSubcommand(new ServeCommand(terminal))
                .addSubcommand(new DemoCommand(terminal))
                .addSubcommand(new SubmitCommand(terminal))
                .addSubcommand(new JobsCommand(terminal))
                .addSubcommand(new JobCommand(terminal))
                .addSubcommand(new StartCommand(terminal))
                .addSubcommand(new CancelCommand(terminal))
                .addSubcommand(new RetryCommand(terminal))
                .addSubcommand(new PauseCommand(terminal))
                .addSubcommand(new ResumeCommand(terminal))
                .addSubcommand(new RunsCommand(terminal))
                .addSubcommand(new QueuesCommand(terminal))
                .addSubcommand(new PutCommand(terminal))
                .addSubcommand(new ResultsCommand(terminal))
                .addSubcommand(new LogsCommand(terminal))
                .addSubcommand(new ConfigCommand(terminal))
                .addSubcommand(new WarmUpCommand());
        helpForAll(root);
        root.setOut(writer(terminal.out()));
        root.setErr(writer(terminal.err()));
        root.setColorScheme(
                CommandLine.Help.defaultColorScheme(terminal.interactive() ? Ansi.ON : Ansi.OFF));
        root.setUsageHelpAutoWidth(false);
        root.setUsageHelpWidth(100);
        root.setCaseInsensitiveEnumValuesAllowed(true);
        root.setParameterExceptionHandler((e, args) -> usageError(terminal, e));
        root.setExecutionExceptionHandler((e, command, result) -> failure(terminal, e));
        return root;
    }

    private static void helpForAll(CommandLine parent) {
        for (CommandLine command : parent.getSubcommands().values()) {
            command.addMixin("help", new HelpOption());
            helpForAll(command);
        }
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    private static int usageError(Terminal terminal, ParameterException e) {
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        // what was typed is repeated there, and may hold the password of a database's URL
        String shown =
                String.valueOf(e.getMessage()).replaceAll("(?i)(password=)[^&\\s'\"]+", "$1…");
        terminal.err().println("erlust: " + shown);
        UnmatchedArgumentException.printSuggestions(e, e.getCommandLine().getErr());
        terminal.err().println("  try: " + command + " --help");
        return ExitCode.USAGE;
    }

    private static int failure(Terminal terminal, Exception e) throws Exception {
        terminal.out().flush();
        return switch (e) {
            case Failure failure -> {
                terminal.err().println("erlust: " + failure.getMessage());
                yield failure.exitCode();
            }
            case InvalidConfig invalid -> {
                invalid.errors().forEach(line -> terminal.err().println("erlust: " + line));
                yield ExitCode.USAGE;
            }
            case InvalidJson invalid -> {
                terminal.err().println("erlust: not an Erlust server: " + invalid.getMessage());
                yield ExitCode.UNREACHABLE;
            }
            default -> throw e;
        };
    }

    /** From the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Commands.class.getPackage().getImplementationVersion();
            String java = System.getProperty("java.vm.version");
            return new String[] {
                "erlust " + (version == null ? "(not from a jar)" : version) + ", Java " + java
            };
        }
    }
}
