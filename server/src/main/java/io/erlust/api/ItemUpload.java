package io.erlust.api;

import io.erlust.api.http.Body;
import io.erlust.api.http.Problem;
import io.erlust.api.http.ProblemType;
import io.erlust.api.http.Utf8;
import io.erlust.json.InvalidJson;
import io.erlust.json.Lines;
import io.erlust.queues.QueueName;
import io.erlust.queues.Queues;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Puts a stream of items as it comes: blocks of whole lines, a few on their way to the disk while
 * the next is read.
 *
 * <p>It ends at the first line it can't put. Every line before that one is durable, and their
 * number is what the answer calls {@code accepted}; the client goes on behind them.
 */
final class ItemUpload {
    private static final int IN_FLIGHT_MAX = 4;

    private final Queues queues;
    private final QueueName queue;
    private final LineBlocks blocks;
    private final PutRoom room;
    private final Deque<Put> inFlight = new ArrayDeque<>();
    private long sent;
    private long accepted;

    private record Put(CompletableFuture<@Nullable Void> durable, int items) {}

    ItemUpload(Queues queues, QueueName queue, Body body, PutRoom room) {
        this.queues = queues;
        this.queue = queue;
        this.blocks =
                new LineBlocks(body, Queues.ITEM_BYTES_MAX, room, () -> tooLong(sent + 1), () -> 0);
        this.room = room;
    }

    /** How many items were accepted: all of them. */
    long run() throws IOException {
        try {
            for (byte[] text = blocks.next(); text.length > 0; text = blocks.next()) {
                put(text);
            }
            settle();
            return accepted;
        } catch (RuntimeException e) {
            throw refusal(e);
        }
    }

    private RuntimeException refusal(RuntimeException e) {
        RuntimeException first = e;
        try {
            settle();
        } catch (RuntimeException earlier) {
            first = earlier; // of a block before the one that failed
        }
        RuntimeException reason = first;
        return KnownErrors.problem(reason)
                .<RuntimeException>map(problem -> problem.with("accepted", accepted))
                .orElse(reason);
    }

    private void put(byte[] text) {
        Lines lines = Lines.split(text);
        try {
            check(lines);
        } catch (InvalidJson | Problem e) {
            room.giveBack(text.length);
            putUpToBad(lines);
            throw e; // not reached: one of the lines is bad
        }
        send(lines, text.length);
    }

    private static void check(Lines lines) {
        Utf8.check(lines.bytes(), lines.bytes().length);
        lines.check();
        if (lines.lengthMax() > Queues.ITEM_BYTES_MAX) {
            throw tooLong(0);
        }
    }

    /** Finds the bad line, puts the good ones before it, and says which it is. */
    private void putUpToBad(Lines lines) {
        for (int i = 0; i < lines.count(); i++) {
            Lines one = lines.slice(i, i + 1);
            try {
                check(one);
            } catch (InvalidJson | Problem e) {
                long number = sent + i + 1;
                if (i > 0) {
                    send(lines.slice(0, i), 0);
                }
                throw e instanceof Problem ? tooLong(number) : malformed(number, e);
            }
        }
    }

    private static Problem malformed(long line, RuntimeException e) {
        String why = String.valueOf(e.getMessage()).replaceFirst("^line 1: ", "");
        return Problem.of(ProblemType.MALFORMED_JSON, "line " + line + ": " + why)
                .with("line", line);
    }

    private static Problem tooLong(long line) {
        return Body.tooLarge(ProblemType.ITEM_TOO_LARGE, Queues.ITEM_BYTES_MAX).with("line", line);
    }

    /** @param taken what it has of the room, given back when it is durable */
    private void send(Lines lines, int taken) {
        sent += lines.count();
        CompletableFuture<@Nullable Void> durable;
        try {
            durable = queues.put(queue, lines);
        } catch (RuntimeException e) {
            room.giveBack(taken);
            throw e;
        }
        var _ = durable.whenComplete((done, failure) -> room.giveBack(taken));
        Put put = new Put(durable, lines.count());
        inFlight.add(put);
        // a refusal is there at once; nothing may be put behind it
        if (inFlight.size() > IN_FLIGHT_MAX || put.durable().isCompletedExceptionally()) {
            settleFirst();
        }
        if (put.durable().isCompletedExceptionally()) {
            settle();
        }
    }

    private void settle() {
        while (!inFlight.isEmpty()) {
            settleFirst();
        }
    }

    /**
     * Waits for the oldest put. If it failed, those behind it don't count, though they may be
     * stored.
     */
    private void settleFirst() {
        Put put = inFlight.removeFirst();
        try {
            put.durable().join();
            accepted += put.items();
        } catch (CompletionException e) {
            inFlight.forEach(
                    behind -> behind.durable().exceptionally(failed -> null).join());
            inFlight.clear();
            throw e;
        }
    }
}
