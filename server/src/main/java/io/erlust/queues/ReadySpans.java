package io.erlust.queues;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The ready items that are in memory, handed out from the front. Their parcels have been opened in
 * the store. Guarded by the queue's monitor.
 */
final class ReadySpans {
    private final ArrayDeque<Span> spans = new ArrayDeque<>();
    private long bytes;
    private long items;

    boolean isEmpty() {
        return spans.isEmpty();
    }

    long items() {
        return items;
    }

    long bytes() {
        return bytes;
    }

    void addLast(Span span) {
        spans.addLast(span);
        bytes += span.bytes();
        items += span.count();
    }

    void addFirst(Span span) {
        spans.addFirst(span);
        bytes += span.bytes();
        items += span.count();
    }

    Span first() {
        return spans.getFirst();
    }

    /** Takes the first n items of the first span. */
    Span take(int n) {
        Span head = spans.removeFirst();
        Span taken = n < head.count() ? head.first(n) : head;
        if (n < head.count()) {
            spans.addFirst(head.after(n));
        }
        bytes -= taken.bytes();
        items -= n;
        return taken;
    }

    List<Span> takeAll() {
        List<Span> all = new ArrayList<>(spans);
        spans.clear();
        bytes = 0;
        items = 0;
        return all;
    }
}
