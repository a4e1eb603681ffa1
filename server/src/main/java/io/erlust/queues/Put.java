package io.erlust.queues;

import io.erlust.json.Lines;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.CompletableFuture;

/**
 * Items on their way into a queue.
 *
 * @param durable completes when all of them are
 */
record Put(Lines items, CompletableFuture<@Nullable Void> durable) {
    Put(Lines items) {
        this(items, new CompletableFuture<>());
    }

    int count() {
        return items.count();
    }

    int bytes() {
        return items.bytes().length;
    }
}
