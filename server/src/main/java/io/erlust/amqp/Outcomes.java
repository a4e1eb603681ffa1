package io.erlust.amqp;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Acknowledgements on their way to the broker; those that come while others are told go together.
 */
final class Outcomes {
    interface Teller {
        void tell(long session, long[] done, long[] back);
    }

    private final Teller teller;

    // guarded by this
    private long session;
    private List<long[]> done = new ArrayList<>();
    private List<long[]> back = new ArrayList<>();
    private boolean scheduled;

    Outcomes(Teller teller) {
        this.teller = teller;
    }

    /** True: {@link #settle} is to be called. */
    synchronized boolean add(long of, long[] tags, boolean isDone) {
        if (of != session) {
            session = of; // what was of another is void
            done = new ArrayList<>();
            back = new ArrayList<>();
        }
        (isDone ? done : back).add(tags);
        boolean first = !scheduled;
        scheduled = true;
        return first;
    }

    void settle() {
        long of;
        long[] allDone;
        long[] allBack;
        synchronized (this) {
            of = session;
            allDone = join(done);
            allBack = join(back);
            done = new ArrayList<>();
            back = new ArrayList<>();
            scheduled = false;
        }
        teller.tell(of, allDone, allBack);
    }

    private static long[] join(List<long[]> parts) {
        return parts.stream().flatMapToLong(Arrays::stream).toArray();
    }
}
