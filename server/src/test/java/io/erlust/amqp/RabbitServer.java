package io.erlust.amqp;

import io.erlust.process.FreePort;

import org.awaitility.Awaitility;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Scanner;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A real RabbitMQ of the test run's own, in a temporary directory, ended and deleted when the run
 * ends. One is shared: its tests keep apart by virtual hosts of their own, which cost milliseconds.
 * One that a test made itself can be killed, and started again on its data and port.
 *
 * <p>It reads Erlang expressions from its standard input, which is faster than {@code rabbitmqctl}
 * by seconds; and at the end of the input, when the test run is gone, it ends by itself.
 */
public final class RabbitServer implements AutoCloseable {
    private static final class Shared {
        private static final RabbitServer SERVER = new RabbitServer();
    }

    private static final Path PROGRAM = Path.of("/usr/lib/rabbitmq/bin/rabbitmq-server");
    private static final long ANSWER_SECONDS = 90; // a start on a busy machine included

    /** Erlang's register of brokers; it ends with the standard input of this script. */
    private static final String EPMD =
            "epmd -address 127.0.0.1 -port \"$0\" & cat >/dev/null; kill -9 $!; wait";

    private static final String CONFIG = """
            disk_free_limit.absolute = 1MB
            raft.wal_max_size_bytes = 33554432
            """;

    /** Erlang that waits: before it has begun to start, {@code await_startup()} does not. */
    private static final String STARTED = "(fun W() -> case rabbit_boot_state:get() of ready -> ok;"
            + " _ -> timer:sleep(10), W() end end)()";

    private final Path directory;
    private final int port = FreePort.find();
    private final Map<String, String> environment;
    private final Process epmd;
    private final AtomicLong numbers = new AtomicLong();
    private final Map<Long, CompletableFuture<String>> questions = new ConcurrentHashMap<>();
    private volatile Process broker;

    /** The one that tests share; none may kill it or give it an alarm. */
    public static RabbitServer shared() {
        return Shared.SERVER;
    }

    /** One of the caller's own, to hurt and to close. */
    public static RabbitServer own() {
        return new RabbitServer();
    }

    private RabbitServer() {
        if (!Files.isExecutable(PROGRAM)) {
            throw new IllegalStateException(PROGRAM + " is missing; `make test` as root installs it"
                    + " on Debian, else install the package rabbitmq-server");
        }
        int epmdPort = FreePort.find();
        try {
            directory = Files.createTempDirectory("erlust-rabbit-");
            Files.writeString(directory.resolve("rabbitmq.conf"), CONFIG);
            Files.writeString(directory.resolve("enabled_plugins"), "[].\n");
            environment = environment(directory, port, epmdPort);
            epmd = new ProcessBuilder("sh", "-c", EPMD, Integer.toString(epmdPort))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        awaitEpmd(epmdPort);
        broker = spawn();
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(this::close));
        evaluate(STARTED);
    }

    /** Without it, a broker starts one of its own, that outlives the tests. */
    private static void awaitEpmd(int epmdPort) {
        Awaitility.await().ignoreExceptions().until(() -> {
            new Socket(InetAddress.getLoopbackAddress(), epmdPort).close();
            return true;
        });
    }

    private static Map<String, String> environment(Path directory, int port, int epmdPort) {
        String base = directory.toString();
        return Map.ofEntries(
                Map.entry("HOME", base), // where the cookie is
                Map.entry("RABBITMQ_NODENAME", "erlust-" + port + "@localhost"),
                Map.entry("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"),
                Map.entry("RABBITMQ_NODE_PORT", Integer.toString(port)),
                Map.entry("RABBITMQ_DIST_PORT", Integer.toString(FreePort.find())),
                Map.entry("ERL_EPMD_PORT", Integer.toString(epmdPort)),
                Map.entry("RABBITMQ_MNESIA_BASE", base + "/data"),
                Map.entry("RABBITMQ_LOG_BASE", base + "/log"),
                Map.entry("RABBITMQ_CONFIG_FILE", base + "/rabbitmq.conf"),
                Map.entry("RABBITMQ_CONF_ENV_FILE", "/dev/null"),
                Map.entry("RABBITMQ_ENABLED_PLUGINS_FILE", base + "/enabled_plugins"),
                Map.entry("RABBITMQ_GENERATED_CONFIG_DIR", base + "/generated"),
                Map.entry("RABBITMQ_SCHEDULER_BIND_TYPE", "u"),
                Map.entry(
                        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                        "+S 2:2 +A 4 -kernel inet_dist_use_interface {127,0,0,1}"),
                Map.entry("RABBITMQ_ALLOW_INPUT", "1"));
    }

    /** {@code amqp://…} of the default virtual host, {@code /}. */
    public String uri() {
        return uri("%2F");
    }

    public String uri(String vhost) {
        return "amqp://guest:guest@127.0.0.1:" + port + "/" + vhost;
    }

    /** The URI of a new virtual host, in which nothing is. */
    public String newVhost() {
        String name = "v" + numbers.incrementAndGet();
        evaluate("rabbit_vhost:add(<<\"" + name + "\">>, <<\"tests\">>)");
        evaluate("rabbit_auth_backend_internal:set_permissions(<<\"guest\">>, <<\"" + name
                + "\">>, <<\".*\">>, <<\".*\">>, <<\".*\">>, <<\"tests\">>)");
        return uri(name);
    }

    public int port() {
        return port;
    }

    /** Starts it again, on its data. It accepts connections when this returns. */
    public void start() {
        broker = spawn();
        evaluate(STARTED);
    }

    private Process spawn() {
        ProcessBuilder builder = new ProcessBuilder(PROGRAM.toString()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            Thread.ofPlatform().daemon().start(() -> listen(process));
            return process;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** {@code kill -9}. */
    public void kill9() {
        broker.destroyForcibly();
        broker.onExit().join();
    }

    /** Ends it in order, as {@code systemctl stop} does. */
    public void stop() {
        write("init:stop().");
        broker.onExit().join();
    }

    /**
     * While its memory alarm is on, a broker takes nothing from publishers. Asked for its alarms it
     * answers when every connection has been told: before, what is published may still get through.
     */
    public void alarm(boolean on) {
        evaluate("vm_memory_monitor:set_vm_memory_high_watermark(" + (on ? "0" : "0.4") + ")");
        evaluate("rabbit_alarm:get_alarms()");
    }

    /**
     * Writes the register of quorum queues to the disk, which a broker does within half a second of
     * a declaration. One that is killed earlier has lost the queue, and what was confirmed in it.
     */
    public void syncQueues() {
        evaluate("[ok = dets:sync(Table) || Table <- dets:all()]");
    }

    /** What an Erlang expression, evaluated in the broker, is. */
    public String evaluate(String expression) {
        long number = numbers.incrementAndGet();
        CompletableFuture<String> answer = new CompletableFuture<>();
        questions.put(number, answer);
        String value;
        try {
            write("io:format(\"~nanswer " + number + " ~0p~n\", [catch " + expression + "]).");
            value = answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(expression + ": no answer; see " + log(), e);
        } finally {
            questions.remove(number);
        }
        if (value.startsWith("{'EXIT'")) {
            throw new IllegalStateException(expression + ": " + value);
        }
        return value;
    }

    private Path log() {
        return directory.resolve("log");
    }

    private void write(String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (this) { // guards the order of bytes in the pipe
            try {
                broker.getOutputStream().write(bytes);
                broker.getOutputStream().flush();
            } catch (IOException e) {
                throw new IllegalStateException("the broker is gone; see " + log(), e);
            }
        }
    }

    /** Reads what a broker prints, to its end, and finds the answers in it. */
    private void listen(Process process) {
        try (InputStream input = process.getInputStream();
                Scanner lines = new Scanner(input, StandardCharsets.UTF_8)) {
            while (lines.hasNextLine()) {
                String[] words = lines.nextLine().split(" ", 3);
                if (words.length == 3 && words[0].equals("answer")) {
                    questions
                            .getOrDefault(Long.parseLong(words[1]), new CompletableFuture<>())
                            .complete(words[2]);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        if (process.equals(broker)) {
            IllegalStateException ended = new IllegalStateException("the broker has ended");
            questions.values().forEach(each -> each.completeExceptionally(ended));
        }
    }

    /** Kills it and deletes its data. */
    @Override
    public void close() {
        kill9();
        try {
            epmd.getOutputStream().close();
            epmd.onExit().join();
            new ProcessBuilder("rm", "-rf", directory.toString())
                    .start()
                    .onExit()
                    .join();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
