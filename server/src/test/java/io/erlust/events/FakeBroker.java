package io.erlust.events;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.json.Json;
import io.erlust.time.Patience;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Takes each batch, unless it was told otherwise of the next ones. */
final class FakeBroker implements EventSink {
    private final BlockingQueue<List<Event>> batches = new LinkedBlockingQueue<>();

    /** Guarded by this. */
    private final Deque<CompletableFuture<@Nullable Void>> answers = new ArrayDeque<>();

    private static final CompletableFuture<@Nullable Void> TAKEN =
            CompletableFuture.completedFuture(null);

    @Override
    public CompletableFuture<@Nullable Void> publish(List<Event> batch) {
        CompletableFuture<@Nullable Void> answer;
        synchronized (this) {
            answer = answers.isEmpty() ? TAKEN : answers.remove();
        }
        batches.add(List.copyOf(batch));
        return answer;
    }

    /** The next batch that has no answer yet gets none until this is completed. */
    synchronized CompletableFuture<@Nullable Void> holds() {
        CompletableFuture<@Nullable Void> answer = new CompletableFuture<>();
        answers.add(answer);
        return answer;
    }

    synchronized void refuses(int times) {
        for (int i = 0; i < times; i++) {
            answers.add(CompletableFuture.failedFuture(new IllegalStateException("away")));
        }
    }

    List<Event> next() throws InterruptedException {
        List<Event> batch = batches.poll(Patience.SECONDS, TimeUnit.SECONDS);
        assertThat(batch).as("a batch").isNotNull();
        return batch == null ? List.of() : batch;
    }

    /** All that nobody has looked at. */
    List<Event> rest() {
        List<List<Event>> rest = new ArrayList<>();
        batches.drainTo(rest);
        return rest.stream().flatMap(List::stream).toList();
    }

    /** Takes everything from now on. */
    synchronized void recovers() {
        answers.clear();
    }

    static JsonNode json(Event event) {
        return Json.parse(event.body());
    }

    /** {@code job.results a/1 5..7}, {@code job.completed a/1}. */
    static String brief(Event event) {
        JsonNode data = json(event).path("data");
        String text = event.type() + " " + data.path("job").stringValue() + "/" + data.path("run");
        return event.type().equals("job.results")
                ? text + " " + data.path("first_seq") + ".." + data.path("seq")
                : text;
    }
}
