package io.erlust.events;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Takes events to a broker. */
@FunctionalInterface
public interface EventSink {
    /**
     * Sends events in their order. Completes when the broker has all of them safe. When it fails,
     * or says nothing for ten minutes, all of them are handed over again later.
     */
    CompletableFuture<@Nullable Void> publish(List<Event> batch);
}
