package io.erlust.cli;

import picocli.CommandLine.Command;

@Command(
        name = "start",
        description = "Starts a scheduled job now, whatever it waits for.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  erlust start 1                 one that was submitted with --when manual",
            "  erlust start night --follow    one run now; its schedule goes on"
        })
final class StartCommand extends JobVerb {
    StartCommand(Terminal terminal) {
        super(terminal, "start");
    }
}
