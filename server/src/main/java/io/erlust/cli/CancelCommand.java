package io.erlust.cli;

import picocli.CommandLine.Command;

@Command(
        name = "cancel",
        description = "Stops a job, its processes and its schedule; what it emitted before stays.",
        footerHeading = "%nExamples:%n",
        footer = {"  erlust cancel 1", "  erlust cancel 1 --follow"})
final class CancelCommand extends JobVerb {
    CancelCommand(Terminal terminal) {
        super(terminal, "cancel");
    }
}
