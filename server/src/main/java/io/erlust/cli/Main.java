package io.erlust.cli;

/** The program {@code erlust}: finds the command, runs it, and ends with its exit code. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        Terminal terminal = Terminal.ofProcess();
        int exitCode = Commands.execute(terminal, args);
        terminal.out().flush();
        System.exit(exitCode);
    }
}
