package io.erlust.store;

import io.erlust.process.FreePort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** A real PostgreSQL of the test run's own, in a temporary directory; stopped when the run ends. */
public final class PostgresServer {
    private static final class Shared {
        private static final PostgresServer SERVER = new PostgresServer();
    }

    private final Path bin = findBin();
    private final Path directory;
    private final int port;

    public static PostgresServer shared() {
        return Shared.SERVER;
    }

    private PostgresServer() {
        try {
            directory = Files.createTempDirectory("erlust-postgres-");
            port = FreePort.find();
            run("chmod", "777", directory.toString());
            run(asServer(
                    bin.resolve("initdb").toString(),
                    "-D",
                    data(),
                    "-U",
                    "erlust",
                    "-A",
                    "trust",
                    "-E",
                    "UTF8",
                    "--locale=C.UTF-8"));
            String options = "-p " + port + " -k " + directory + " -c listen_addresses=127.0.0.1"
                    + " -c max_connections=100";
            run(asServer(
                    bin.resolve("pg_ctl").toString(),
                    "-D",
                    data(),
                    "-w",
                    "-l",
                    directory.resolve("log").toString(),
                    "-o",
                    options,
                    "start"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(this::stop));
    }

    public String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=erlust";
    }

    private String data() {
        return directory.resolve("data").toString();
    }

    private void stop() {
        run(asServer(bin.resolve("pg_ctl").toString(), "-D", data(), "-m", "immediate", "stop"));
        run("rm", "-rf", directory.toString());
    }

    /** PostgreSQL refuses to run as root: then it runs as the user its package made, or nobody. */
    private static String[] asServer(String... command) {
        if (!Objects.equals(System.getProperty("user.name"), "root")) {
            return command;
        }
        String user = Files.isDirectory(Path.of("/var/lib/postgresql")) ? "postgres" : "nobody";
        List<String> as = new ArrayList<>(List.of("runuser", "-u", user, "--"));
        as.addAll(List.of(command));
        return as.toArray(String[]::new);
    }

    private static Path findBin() {
        List<Path> places = new ArrayList<>();
        for (String each : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            places.add(Path.of(each));
        }
        try (Stream<Path> versions = Files.list(Path.of("/usr/lib/postgresql"))) {
            versions.map(version -> version.resolve("bin")).forEach(places::add);
        } catch (IOException e) {
            // no Debian layout here: PATH has to do
        }
        return places.stream()
                .filter(place -> Files.isExecutable(place.resolve("initdb"))
                        && Files.isExecutable(place.resolve("pg_ctl")))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "the tests need PostgreSQL's initdb and pg_ctl; `make test` as root"
                                + " installs them on Debian, else install the package postgresql"));
    }

    private static void run(String... command) {
        try {
            Path said = Files.createTempFile("erlust-postgres-", ".log");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            if (process.waitFor() != 0) {
                String why = String.join(" ", command) + " failed: " + Files.readString(said);
                throw new IllegalStateException(why);
            }
            Files.delete(said);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
