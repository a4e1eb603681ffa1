package io.erlust.cli;

import io.erlust.time.MonotonicClock;
import io.erlust.time.Rate;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

@Command(
        name = "put",
        description = "Puts items into a queue: NDJSON, one JSON value a line. What is said to be"
                + " accepted is on the server's disk.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  erlust put contacts contacts.ndjson",
            "  zcat big.ndjson.gz | erlust put contacts -",
            "  erlust put contacts --item '{\"name\": \"Ann\"}' --item '{\"name\": \"Bob\"}'"
        })
final class PutCommand implements Callable<Integer> {
    /** A full queue is waited for, but not for ever. */
    private static final Duration FULL_PATIENCE = Duration.ofMinutes(10);

    private static final int RETRY_AFTER_MAX_S = 30;

    private final Terminal terminal;
    private final MonotonicClock clock = MonotonicClock.system();

    @Mixin
    private final Connection connection = new Connection();

    @Parameters(index = "0", paramLabel = "QUEUE", description = "the queue; made if it is new")
    private String queue = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "FILE",
            description = "NDJSON; - or nothing: stdin")
    private String file = "-";

    @Option(names = "--item", paramLabel = "JSON", description = "an item, instead of a file")
    private List<String> items = List.of();

    PutCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        ApiClient client = connection.client();
        long accepted = 0;
        try (InputStream in = open()) {
            LineBatches batches = new LineBatches(in);
            ProgressLine line = new ProgressLine(terminal, clock.nanos());
            Rate rate = new Rate(clock.nanos());
            long sent = 0;
            long size = size();
            for (var batch = batches.next(); batch.isPresent(); batch = batches.next()) {
                put(client, batch.get(), accepted, line);
                accepted += batch.get().lines();
                sent += batch.get().bytes().length;
                long now = clock.nanos();
                rate.add(now, batch.get().lines());
                line.update(show(accepted, sent, size, rate.perSecond(now)), now);
            }
            line.erase();
        } catch (IOException e) {
            throw Failure.reading(file, e);
        }
        terminal.out().println("accepted " + JobText.count(accepted) + " items into " + queue);
        return ExitCode.OK;
    }

    private InputStream open() throws IOException {
        if (!items.isEmpty()) {
            byte[] lines = (String.join("\n", items) + "\n").getBytes(StandardCharsets.UTF_8);
            return new ByteArrayInputStream(lines);
        }
        return file.equals("-") ? terminal.in() : Files.newInputStream(Path.of(file));
    }

    private long size() throws IOException {
        return file.equals("-") || !items.isEmpty() ? 0 : Files.size(Path.of(file));
    }

    /** The share of the file's bytes that is sent stands for the share of its items. */
    private static String show(long accepted, long sent, long size, double rate) {
        OptionalLong total = size > 0 && sent > 0
                ? OptionalLong.of(Math.max(accepted, Math.round((double) accepted * size / sent)))
                : OptionalLong.empty();
        Optional<Duration> left = total.isPresent()
                ? Rate.timeFor(total.getAsLong() - accepted, rate)
                : Optional.empty();
        return "accepted " + new Progress(accepted, total, OptionalDouble.of(rate), left).show(20);
    }

    private void put(ApiClient client, LineBatches.Batch batch, long accepted, ProgressLine line) {
        ApiPath path = ApiPath.of("v1", "queues", queue, "items");
        long deadline = clock.nanos() + FULL_PATIENCE.toNanos();
        while (true) {
            ApiClient.Answer answer = client.tryPost(path, ApiClient.NDJSON, batch.bytes());
            if (answer.ok()) {
                return;
            }
            boolean later = answer.status() == 429 || answer.status() == 503;
            if (!later || clock.nanos() > deadline) {
                line.erase();
                throw new Failure(
                        ExitCode.REFUSED,
                        client.refused(answer.status(), answer.body()).getMessage()
                                + "\n  lines " + batch.firstLine() + " to " + batch.lastLine()
                                + " went together and none is stored; the " + accepted
                                + " items before them are");
            }
            line.update("waiting: the server takes no more just now", clock.nanos());
            pause(answer.retryAfter().orElse("1"));
        }
    }

    private static void pause(String retryAfter) {
        boolean number = retryAfter.matches("[0-9]{1,4}");
        int seconds = number ? Math.clamp(Integer.parseInt(retryAfter), 1, RETRY_AFTER_MAX_S) : 1;
        try {
            // nobody ever releases it: an interruptible wait
            new Semaphore(0).tryAcquire(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.local("interrupted while waiting for the server to take more");
        }
    }
}
