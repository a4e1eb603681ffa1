package io.erlust.nodes;

import io.erlust.json.Json;
import io.erlust.queues.Delivery;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;

/**
 * Frames on their way to one node. Adding never blocks. It is bounded by what is added: items by
 * the windows of their subscriptions; answers because the session reads no further request while
 * {@value #CONTROLS_MAX} of them wait.
 */
final class Outbound {
    private static final int CONTROLS_MAX = 256;

    sealed interface Frame {}

    /** A frame as it will be sent. */
    record Control(byte[] bytes) implements Frame {}

    /** The first frame: its payload is shared with the other nodes of the run. */
    record Start(Control header, StartPayload payload) implements Frame {}

    /**
     * Items; their header is written when their turn comes, because seq numbers follow the socket.
     */
    record Items(Feed feed, Delivery delivery) implements Frame {}

    /** The end of a subscription. */
    record Drained(Feed feed) implements Frame {}

    /** Guarded by this, as are the other fields. */
    private final ArrayDeque<Frame> waiting = new ArrayDeque<>();

    private int controls;
    private boolean finished;

    synchronized void add(Frame frame) {
        if (finished) {
            return;
        }
        waiting.addLast(frame);
        added(frame);
    }

    /** Before everything that waits. */
    synchronized void addFirst(Frame frame) {
        if (finished) {
            return;
        }
        waiting.addFirst(frame);
        added(frame);
    }

    private synchronized void added(Frame frame) {
        controls += frame instanceof Items ? 0 : 1;
        notifyAll();
    }

    void ok(long id) {
        String frame = "{\"op\":\"ok\",\"id\":" + id + "}\n";
        add(new Control(frame.getBytes(StandardCharsets.US_ASCII)));
    }

    void refused(long id, Refusal refusal) {
        add(control(refusal.frame().put("id", id)));
    }

    static Control control(JsonNode header) {
        return new Control((Json.text(header) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    synchronized void awaitRoom() throws InterruptedException {
        while (controls >= CONTROLS_MAX && !finished) {
            wait();
        }
    }

    /** Nothing more comes; what waits is still sent. */
    synchronized void finish() {
        finished = true;
        notifyAll();
    }

    /** The socket takes nothing more. */
    synchronized void abandon() {
        finish();
        waiting.clear();
        controls = 0;
    }

    /** The next frame, null when none waits. */
    synchronized @Nullable Frame poll() {
        Frame frame = waiting.pollFirst();
        if (frame != null && !(frame instanceof Items)) {
            controls--;
            notifyAll();
        }
        return frame;
    }

    /** Waits for the next frame; null when none will come. */
    synchronized @Nullable Frame take() throws InterruptedException {
        while (waiting.isEmpty() && !finished) {
            wait();
        }
        return poll();
    }
}
