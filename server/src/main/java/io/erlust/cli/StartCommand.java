package io.erlust.cli;

import picocli.CommandLine.Command;

@Command(
        name = "start",
        description = "Starts a job that was submitted with --when manual.",
        footerHeading = "%nExamples:%n",
        footer = {"  erlust start 1", "  erlust start 1 --follow"})
final class StartCommand extends JobVerb {
    StartCommand(Terminal terminal) {
        super(terminal, "start");
    }
}
