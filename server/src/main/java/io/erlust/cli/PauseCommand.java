package io.erlust.cli;

import picocli.CommandLine.Command;

@Command(
        name = "pause",
        description =
                "Lets nothing more of a job begin until erlust resume; a run that goes on does.",
        footerHeading = "%nExamples:%n",
        footer = {"  erlust pause night", "  erlust pause 1 --json"})
final class PauseCommand extends JobVerb {
    PauseCommand(Terminal terminal) {
        super(terminal, "pause");
    }
}
