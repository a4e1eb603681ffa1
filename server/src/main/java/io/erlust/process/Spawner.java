package io.erlust.process;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Starts every process of the server, on one platform thread that never ends.
 *
 * <p>Why one thread: children ask for SIGKILL when their parent dies (prctl PR_SET_PDEATHSIG), and
 * the kernel takes the <em>thread</em> that spawned them for that parent. A child spawned from a
 * virtual thread would die when its carrier thread retires, 30 s later.
 *
 * <p>A child leads a session and process group of its own, has the environment it was given and
 * nothing else, reads the input it was given or /dev/null, and can't gain privileges.
 */
public final class Spawner {
    private static final Logger log = LoggerFactory.getLogger(Spawner.class);

    private record Request(Command command, CompletableFuture<ChildProcess> child) {}

    private final LinkedBlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    private final List<String> prefix;
    private final boolean leads;
    private final SessionKeyring keyring = SessionKeyring.find();

    public Spawner() {
        Optional<Path> setpriv = Program.find("setpriv");
        Optional<Path> setsid = Program.find("setsid");
        leads = setsid.isPresent();
        prefix = prefix(setpriv, setsid);
        Thread.ofPlatform().daemon().name("spawner").start(this::loop);
    }

    /**
     * Each word of the prefix runs exec(2) and keeps the pid: the signal asked for by setpriv
     * survives an exec, and setsid forks only if it leads a group already, which a new child does
     * not.
     */
    private static List<String> prefix(Optional<Path> setpriv, Optional<Path> setsid) {
        List<String> words = new ArrayList<>();
        if (setpriv.isPresent()) {
            words.addAll(List.of(
                    setpriv.get().toString(), "--pdeathsig", "KILL", "--no-new-privs", "--"));
        } else {
            log.warn("setpriv (util-linux) is not on PATH: if this server is killed, its nodes"
                    + " end only when they next use it, or when a server starts on its data");
        }
        if (setsid.isPresent()) {
            words.addAll(List.of(setsid.get().toString(), "--"));
        } else {
            log.warn("setsid (util-linux) is not on PATH: children of nodes are killed one by one,"
                    + " and one that escapes is found only by its environment");
        }
        return List.copyOf(words);
    }

    /**
     * Starts a process; returns when the kernel has it.
     *
     * @throws SpawnFailed when it can't be started
     */
    public ChildProcess spawn(Command command) {
        Request request = new Request(command, new CompletableFuture<>());
        requests.add(request);
        try {
            return request.child.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof SpawnFailed failed ? failed : e;
        }
    }

    private void loop() {
        while (true) {
            try {
                start(requests.take());
            } catch (InterruptedException _) {
                // nobody interrupts this thread; go on
            }
        }
    }

    private void start(Request request) {
        Command command = request.command;
        List<String> words = new ArrayList<>(prefix);
        words.addAll(command.words());
        ProcessBuilder builder =
                new ProcessBuilder(words).directory(command.directory().toFile());
        if (command.input().isEmpty()) {
            builder.redirectInput(
                    ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        }
        try {
            builder.environment().clear();
            builder.environment().putAll(command.env());
            keyring.leave(); // or children could leave something there for each other
            Process process = builder.start();
            if (!command.input().isEmpty()) {
                Thread.ofVirtual().start(() -> write(command.input(), process.getOutputStream()));
            }
            request.child.complete(new ChildProcess(process, leads));
        } catch (IOException | RuntimeException | Error e) { // no thread or memory left, say
            String what = "could not start " + command.words().getFirst() + ": " + e.getMessage();
            request.child.completeExceptionally(new SpawnFailed(what, e));
        }
    }

    private static void write(String input, OutputStream to) {
        try (to) {
            to.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            log.debug("a process ended before it read its input: {}", e.toString());
        }
    }
}
