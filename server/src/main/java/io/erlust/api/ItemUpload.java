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
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Puts a stream of items as it comes: blocks of whole lines, a few on their way to the disk while
 * the next is read, so a body of any length takes a bounded piece of memory.
 *
 * <p>It ends at the first line it can't put. Every line before that one is durable, and their
 * number is what the answer calls {@code accepted}; the client goes on behind them.
 */
final class ItemUpload {
    private static final int BLOCK_BYTES = 256 << 10;

    /** Most clients send little, or nothing for long: a block grows with what comes. */
    private static final int FIRST_BLOCK_BYTES = 16 << 10;

    private static final int IN_FLIGHT_MAX = 4;

    private final Queues queues;
    private final QueueName queue;
    private final Body body;
    private final InputStream in;
    private final PutRoom room;
    private final Deque<Put> inFlight = new ArrayDeque<>();
    private byte[] block = new byte[FIRST_BLOCK_BYTES];
    private int filled;
    private long sent;
    private long accepted;

    private record Put(CompletableFuture<@Nullable Void> durable, int items) {}

    ItemUpload(Queues queues, QueueName queue, Body body, PutRoom room) {
        this.queues = queues;
        this.queue = queue;
        this.body = body;
        this.in = body.stream();
        this.room = room;
    }

    /** How many items were accepted: all of them. */
    long run() throws IOException {
        try {
            while (fill()) {
                putWholeLines();
            }
            putLastLine();
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

    /** Reads until the block is full; false at the end of the body. */
    private boolean fill() throws IOException {
        while (filled < block.length) {
            int read = in.read(block, filled, block.length - filled);
            if (read < 0) {
                return false;
            }
            filled += read;
        }
        return true;
    }

    private void putWholeLines() throws IOException {
        int end = lastLineEnd();
        if (end > 0) {
            put(end, end);
            filled -= end;
            int size = Math.max(Math.min(2 * block.length, BLOCK_BYTES), filled + 1);
            block = Arrays.copyOfRange(block, end, end + size);
            if (size <= BLOCK_BYTES) {
                body.letGo();
            }
        } else if (block.length > Queues.ITEM_BYTES_MAX) {
            throw tooLong(sent + 1);
        } else {
            widen();
        }
    }

    /** For a line longer than a block: at once to the longest there may be, with its leave. */
    private void widen() throws IOException {
        int size = 2 * block.length <= BLOCK_BYTES ? 2 * block.length : Queues.ITEM_BYTES_MAX + 2;
        if (size > BLOCK_BYTES) {
            body.hold(size);
        }
        block = Arrays.copyOf(block, size);
    }

    private int lastLineEnd() {
        int end = filled;
        while (end > 0 && block[end - 1] != '\n') {
            end--;
        }
        return end;
    }

    /** What the end of the body left; its last line may lack its end. */
    private void putLastLine() {
        if (filled > 0) {
            put(filled, block[filled - 1] == '\n' ? filled : filled + 1);
        }
    }

    /** Puts what is in the block up to {@code end}; a last line that lacks its end gets one. */
    private void put(int end, int length) {
        room.take(length);
        byte[] text = Arrays.copyOf(block, length);
        if (length > end) {
            text[end] = '\n';
        }
        Lines lines = Lines.split(text);
        try {
            check(lines);
        } catch (InvalidJson | Problem e) {
            room.giveBack(length);
            putUpToBad(lines);
            throw e; // not reached: one of the lines is bad
        }
        send(lines, length);
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
