package io.erlust.cli;

import picocli.CommandLine.Command;

@Command(
        name = "retry",
        description = "Runs a job again that has ended: a new run with the same id.",
        footerHeading = "%nExamples:%n",
        footer = {"  erlust retry 1", "  erlust retry 1 --follow"})
final class RetryCommand extends JobVerb {
    RetryCommand(Terminal terminal) {
        super(terminal, "retry");
    }
}
