package io.erlust.amqp;

import io.erlust.amqp.Publishing.Pending;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Publishings whose callers wait for an answer: so many bytes at most. Guarded by the publisher.
 */
final class Unanswered {
    /** Past this many bytes, more is refused at once; one publishing alone may be longer. */
    private static final long BYTES_MAX = 64L << 20;

    /** In the order of their deadlines. */
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();

    private long bytes;

    boolean hasRoom(Pending more) {
        return bytes == 0 || bytes + more.bytes <= BYTES_MAX;
    }

    boolean isEmpty() {
        return pending.isEmpty();
    }

    void add(Pending more) {
        bytes += more.bytes;
        pending.add(more);
    }

    /** Once each; the answer itself is to be given outside the lock. */
    void end(Pending which) {
        which.ended = true;
        bytes -= which.bytes;
        if (which.equals(pending.peekFirst())) {
            pending.removeFirst();
        } else {
            pending.remove(which);
        }
    }

    /** Ends all whose time is up. */
    List<Pending> endLate(long now) {
        List<Pending> late = new ArrayList<>();
        while (!pending.isEmpty() && pending.getFirst().deadlineNanos - now <= 0) {
            late.add(pending.getFirst());
            end(pending.getFirst());
        }
        return late;
    }

    List<Pending> endAll() {
        List<Pending> all = List.copyOf(pending);
        all.forEach(this::end);
        return all;
    }
}
