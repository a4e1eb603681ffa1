package io.erlust.amqp;

import io.erlust.queues.BrokerQueue.Message;
import io.erlust.queues.BrokerQueue.Receiver;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * What the broker has delivered and the receiver has not taken yet. The thread that reads the
 * connection only adds; another hands over all there is at once, so the parcels grow with the load.
 * It can't be made to wait, so past some bytes what comes is dropped, and its session has to end.
 */
final class Inbox {
    private static final long BYTES_MAX = 32L << 20;

    private final Receiver receiver;
    private final LongConsumer full;

    /** Held while something is handed over: one at a time, in order. */
    private final Object handover = new Object();

    // guarded by this
    private List<Message> messages = new ArrayList<>();
    private long bytes;
    private long session;
    private boolean scheduled;
    private long seen;

    /** Of the session nothing more is taken; so many were dropped. */
    private boolean stopped;

    private int dropped;

    /** @param full told once of a session that has to end; must be quick */
    Inbox(Receiver receiver, LongConsumer full) {
        this.receiver = receiver;
        this.full = full;
    }

    synchronized void begin(long fresh) {
        session = fresh;
        seen = 0;
        stopped = false;
        dropped = 0;
    }

    /** Of the session, how many came. */
    synchronized long seen() {
        return seen;
    }

    synchronized void add(long of, Message message) {
        if (of != session) {
            return; // it comes again
        }
        seen++;
        boolean isFull = !messages.isEmpty() && bytes + message.body().length > BYTES_MAX;
        if (isFull && !stopped) {
            stopped = true;
            full.accept(of);
        }
        if (stopped) {
            dropped++;
            return;
        }
        bytes += message.body().length;
        messages.add(message);
        if (!scheduled) {
            scheduled = true;
            Thread.ofVirtual().name("amqp-inbox").start(this::flush);
        }
    }

    /** Nothing more of this session is handed over; it is about to end. */
    synchronized void stop(long of) {
        if (of == session) {
            stopped = true;
            dropped += messages.size();
            clear();
        }
    }

    private void clear() {
        messages = new ArrayList<>();
        bytes = 0;
    }

    private record Taken(long session, List<Message> messages) {}

    private synchronized Taken take() {
        scheduled = false;
        List<Message> taken = messages;
        clear();
        return new Taken(session, taken);
    }

    /** When it returns the receiver has all that came before. */
    void flush() {
        synchronized (handover) {
            Taken taken = take();
            if (!taken.messages.isEmpty()) {
                receiver.received(taken.session, taken.messages);
            }
        }
    }

    /** The session is lost; what was not handed over goes with it. */
    void end(long of) {
        synchronized (handover) {
            int unseen;
            synchronized (this) {
                unseen = messages.size() + dropped;
                clear();
                session = 0;
            }
            receiver.lost(of, unseen);
        }
    }
}
