package io.erlust.nodes.sandbox;

import io.erlust.jobs.spec.Limits;
import io.erlust.process.Command;
import io.erlust.process.Program;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Isolation by <a href="https://github.com/containers/bubblewrap">bubblewrap</a>: user, process,
 * IPC, host name, cgroup and network namespaces of the node's own; of the machine's files only
 * those it needs, to be read; scratch in memory; no capabilities.
 *
 * <p>What bubblewrap is to do goes through a pipe, not through the command line that every user of
 * the machine can read: a job's variables may be secrets.
 */
final class Bubblewrap implements Isolation {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** From unshare over bubblewrap's watcher and its process 1 to the program. */
    private static final int DEPTH = 3;

    /** The user a node believes to be, whoever it is outside. */
    private static final String USER = "1000";

    private static final String SCRATCH = "/tmp";
    private static final String OWN = "/run/erlust";
    private static final String LIBRARY = OWN + "/lib";
    private static final String PATH =
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final List<String> SYSTEM =
            List.of("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32");

    /** Of /etc only these; whatever else is there may be a secret. */
    private static final List<String> SETTINGS = List.of(
            "alternatives",
            "ca-certificates",
            "ca-certificates.conf",
            "crypto-policies",
            "gai.conf",
            "ld.so.cache",
            "ld.so.conf",
            "ld.so.conf.d",
            "localtime",
            "mime.types",
            "nsswitch.conf",
            "pki/ca-trust",
            "pki/tls/cert.pem",
            "pki/tls/certs",
            "protocols",
            "services",
            "ssl/certs",
            "ssl/openssl.cnf",
            "timezone");

    private final Path bwrap;
    private final Path unshare;
    private final boolean canRefuseNamespaces;
    private final Path settings;
    private final Cgroups cgroups;
    private final NodeUsers users;
    private final Optional<Path> prlimit = Program.find("prlimit");

    private Bubblewrap(
            Path bwrap,
            Path unshare,
            boolean canRefuseNamespaces,
            Path settings,
            Cgroups cgroups,
            NodeUsers users) {
        this.bwrap = bwrap;
        this.unshare = unshare;
        this.canRefuseNamespaces = canRefuseNamespaces;
        this.settings = settings;
        this.cgroups = cgroups;
        this.users = users;
    }

    /**
     * Finds bubblewrap; whether it works here shows when something is run.
     *
     * @param shared a directory that nodes can read; files for all of them are made in it
     * @throws IOException why it can't be used, and what would help
     */
    static Bubblewrap find(Path shared, Cgroups cgroups, NodeUsers users) throws IOException {
        Path bwrap = Program.find("bwrap")
                .orElseThrow(() -> new IOException("there is no bwrap on the server's PATH; install"
                        + " bubblewrap (Debian: apt install bubblewrap)"));
        String help = Program.output(List.of(bwrap.toString(), "--help"), PATIENCE);
        if (!help.contains("--size")) {
            throw new IOException(bwrap + " is too old: expected one that knows --size (0.7.0)");
        }
        Path unshare = Program.find("unshare")
                .orElseThrow(() -> new IOException(
                        "there is no unshare (util-linux) on the" + " server's PATH"));
        Path settings = Files.createDirectories(shared.resolve("etc"));
        Files.setPosixFilePermissions(settings, PosixFilePermissions.fromString("rwxr-xr-x"));
        write(settings.resolve("passwd"), "node:x:" + USER + ":" + USER + "::/tmp:/bin/sh\n");
        write(settings.resolve("group"), "node:x:" + USER + ":\n");
        write(settings.resolve("hosts"), "127.0.0.1 localhost\n::1 localhost\n");
        return new Bubblewrap(
                bwrap, unshare, help.contains("--disable-userns"), settings, cgroups, users);
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }

    @Override
    public String level() {
        return "bubblewrap";
    }

    @Override
    public boolean closesNetwork() {
        return true;
    }

    @Override
    public String limitsBy() {
        return cgroups.kind();
    }

    @Override
    public boolean endsWhole() {
        return true;
    }

    @Override
    public Confined confine(Place place, Guest guest) throws IOException {
        OptionalInt user = users.take();
        NodeUsers.give(place, user);
        Limits limits = guest.limits().plusProcesses(DEPTH);
        Optional<Cgroup> cgroup = cgroups.create(place.name(), limits);
        List<String> words = new ArrayList<>(Prelude.shell(limits, cgroup));
        words.addAll(outerNamespace(user));
        words.addAll(users.words(user));
        words.addAll(List.of(bwrap.toString(), "--args", "3", "--"));
        words.addAll(Prelude.resourceLimits(guest.limits(), cgroups.controllers(), prlimit, true));
        words.addAll(guest.words());
        Map<String, String> outside =
                Map.of("PATH", PATH, SOCKET_VARIABLE, place.socket().toString());
        String options = String.join("\0", options(place, guest)) + '\0';
        Command command = new Command(words, place.directory(), outside, options);
        return new Confined(command, cgroup, DEPTH, () -> users.release(user));
    }

    /**
     * Around bubblewrap's processes, which the program could trace as far as it sees them: none of
     * them survives the first one in there, and that one not its parent.
     */
    private List<String> outerNamespace(OptionalInt user) {
        List<String> words = new ArrayList<>(List.of(unshare.toString()));
        if (user.isEmpty()) {
            words.addAll(List.of("--user", "--map-current-user"));
        }
        words.addAll(List.of("--pid", "--fork", "--kill-child=KILL", "--"));
        return words;
    }

    private List<String> options(Place place, Guest guest) throws IOException {
        Options options = new Options();
        options.add("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts");
        options.add("--unshare-cgroup-try", "--uid", USER, "--gid", USER, "--hostname", "node");
        options.add("--die-with-parent", "--new-session", "--cap-drop", "ALL");
        if (canRefuseNamespaces) {
            options.add("--disable-userns");
        }
        if (!guest.network()) {
            options.add("--unshare-net");
        }
        files(options, place, guest);
        variables(options, guest);
        return options.words;
    }

    private void files(Options options, Place place, Guest guest) throws IOException {
        options.add("--ro-bind", "/usr", "/usr");
        for (String directory : SYSTEM) {
            Path path = Path.of(directory);
            if (Files.isSymbolicLink(path)) {
                options.add("--symlink", Files.readSymbolicLink(path).toString(), directory);
            } else if (Files.isDirectory(path)) {
                options.add("--ro-bind", directory, directory);
            }
        }
        SETTINGS.forEach(name -> options.add("--ro-bind-try", "/etc/" + name, "/etc/" + name));
        for (String name : List.of("passwd", "group", "hosts")) {
            options.add("--ro-bind", settings.resolve(name).toString(), "/etc/" + name);
        }
        if (guest.network()) {
            options.add("--ro-bind-try", "/etc/resolv.conf", "/etc/resolv.conf");
        }
        guest.readable().stream()
                .filter(path -> !path.startsWith("/usr"))
                .forEach(path -> options.add("--ro-bind", path.toString(), path.toString()));
        String scratch = Long.toString(guest.limits().scratchBytes());
        options.add("--proc", "/proc", "--dev", "/dev");
        options.add("--size", scratch, "--tmpfs", "/dev/shm", "--remount-ro", "/dev");
        options.add("--size", scratch, "--tmpfs", SCRATCH, "--symlink", SCRATCH, "/var/tmp");
        options.add("--bind", place.socket().toString(), OWN + "/sock");
        options.add("--bind", place.hand().toString(), OWN + "/hand");
        options.add("--ro-bind", place.library().toString(), LIBRARY);
        options.add("--remount-ro", "/", "--chdir", SCRATCH);
    }

    private static void variables(Options options, Guest guest) {
        options.add("--clearenv");
        guest.variables(PATH, SCRATCH, OWN + "/sock", OWN + "/hand")
                .forEach((name, value) -> options.add("--setenv", name, value));
    }

    @Override
    public String library(Place place) {
        return LIBRARY;
    }

    private static final class Options {
        final List<String> words = new ArrayList<>();

        void add(String... more) {
            words.addAll(List.of(more));
        }
    }
}
