package io.erlust.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The example application as a process of its own, as any web application would be. */
final class DemoApplication {
    private final Path python;
    private final Path home;
    private final URI server;

    /** Its files are in {@code home/app}; the server keeps its data in {@code home/data}. */
    DemoApplication(Path python, Path home, URI server) {
        this.python = python;
        this.home = home;
        this.server = server;
    }

    /** Returns its exit code. A signal to this process ends it. */
    int run(List<String> arguments, StopSignals signals) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(List.of("--url", server.toString()));
        all.addAll(List.of("--token-file", home.resolve("data/admin.token").toString()));
        Process application = start("app.py", all)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .start();
        Thread stopper = Thread.ofVirtual().name("stopper").start(() -> {
            try {
                signals.next();
                application.destroy();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // it has ended by itself
            }
        });
        try {
            return application.waitFor();
        } finally {
            stopper.interrupt();
        }
    }

    /** Made-up contacts, so many. */
    Path generate(String count) throws IOException, InterruptedException {
        Path csv = home.resolve("contacts.csv");
        Process generator = start("generate.py", List.of("--count", count))
                .redirectOutput(csv.toFile())
                .start();
        if (generator.waitFor() != 0) {
            throw Failure.local("could not make up contacts; what python3 said is above");
        }
        return csv;
    }

    private ProcessBuilder start(String program, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(python.toString());
        command.add(home.resolve("app").resolve(program).toString());
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectInput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
    }
}
