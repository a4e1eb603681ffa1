package io.erlust.amqp;

import io.erlust.queues.BrokerQueue.Message;
import io.erlust.queues.BrokerQueue.Receiver;

import java.util.ArrayList;
import java.util.List;

/**
 * What the broker has delivered and the receiver has not taken yet. The thread that reads the
 * connection only adds; another hands over all there is at once, so the parcels grow with the load.
 */
final class Inbox {
    private final Receiver receiver;

    /** Held while something is handed over: one at a time, in order. */
    private final Object handover = new Object();

    // guarded by this
    private List<Message> messages = new ArrayList<>();
    private long session;
    private boolean scheduled;
    private long seen;

    Inbox(Receiver receiver) {
        this.receiver = receiver;
    }

    synchronized void begin(long fresh) {
        session = fresh;
        seen = 0;
    }

    /** Of the session, how many came. */
    synchronized long seen() {
        return seen;
    }

    synchronized void add(long of, Message message) {
        if (of != session) {
            return; // it comes again
        }
        messages.add(message);
        seen++;
        if (!scheduled) {
            scheduled = true;
            Thread.ofVirtual().name("amqp-inbox").start(this::flush);
        }
    }

    private record Taken(long session, List<Message> messages) {}

    private synchronized Taken take() {
        scheduled = false;
        List<Message> taken = messages;
        messages = new ArrayList<>();
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
                unseen = messages.size();
                messages = new ArrayList<>();
                session = 0;
            }
            receiver.lost(of, unseen);
        }
    }
}
