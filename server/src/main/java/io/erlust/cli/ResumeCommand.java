package io.erlust.cli;

import picocli.CommandLine.Command;

@Command(
        name = "resume",
        description = "Lets a paused job go on. Times of its schedule that passed are left out.",
        footerHeading = "%nExamples:%n",
        footer = {"  erlust resume night", "  erlust resume 1 --follow"})
final class ResumeCommand extends JobVerb {
    ResumeCommand(Terminal terminal) {
        super(terminal, "resume");
    }
}
