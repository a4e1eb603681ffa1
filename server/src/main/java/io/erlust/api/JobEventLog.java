package io.erlust.api;

import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobState;
import io.erlust.jobs.spec.JobId;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The recent events of every job, for clients that follow one: a bounded ring a job, in memory.
 * What the ring has forgotten, and what happened before this server started, is told as a gap.
 *
 * <p>Event ids look like {@code mb3k2x1a-42}: the life of the server, and a number that only grows.
 */
public final class JobEventLog {
    /**
     * Jobs under way whose events are kept; beyond it the one longest without an event is
     * forgotten.
     */
    static final int LIVE_JOBS_MAX = 2048;

    /** The same for jobs that have ended. */
    static final int ENDED_JOBS_MAX = 256;

    private final String life;
    private final AtomicLong numbers = new AtomicLong();

    /** In the order of use; guarded by this. */
    private final Map<JobId, EventRing> live = new LinkedHashMap<>(64, 0.75f, true);

    /** In the order of use; guarded by this. */
    private final Map<JobId, EventRing> ended = new LinkedHashMap<>(64, 0.75f, true);

    private volatile boolean closed;

    /** @param life tells this life of the server from others: letters and digits */
    public JobEventLog(String life) {
        this.life = life;
    }

    /** Listens to {@link io.erlust.jobs.JobEvents}. Quick: it runs on the thread that writes. */
    public void accept(JobEvent event) {
        boolean isEnd = event instanceof JobEvent.StateChanged changed && changed.isEnd();
        if (isOfNoInterest(event)) {
            return;
        }
        EventRing ring = ring(event.job());
        ring.add(numbers, event);
        if (isEnd) {
            retire(event.job(), ring);
        }
    }

    /** So many scheduled jobs may be submitted that their rings would push out those of others. */
    private synchronized boolean isOfNoInterest(JobEvent event) {
        return event instanceof JobEvent.StateChanged changed
                && changed.changed().state() == JobState.SCHEDULED
                && !live.containsKey(event.job())
                && !ended.containsKey(event.job());
    }

    private synchronized EventRing ring(JobId job) {
        EventRing ring = live.get(job);
        if (ring == null) {
            ring = ended.remove(job);
            if (ring == null) {
                ring = new EventRing(numbers.get());
            }
            live.put(job, ring);
            forgetBeyond(live, LIVE_JOBS_MAX);
        }
        return ring;
    }

    private synchronized void retire(JobId job, EventRing ring) {
        live.remove(job);
        ended.put(job, ring);
        forgetBeyond(ended, ENDED_JOBS_MAX);
    }

    private static void forgetBeyond(Map<JobId, EventRing> rings, int max) {
        if (rings.size() > max) {
            Iterator<EventRing> eldest = rings.values().iterator();
            EventRing forgotten = eldest.next();
            eldest.remove();
            forgotten.wake();
        }
    }

    /** Where to begin: from now on no event of this job passes unseen. */
    long begin(JobId job) {
        ring(job);
        return numbers.get();
    }

    /** The events of a job after a number; empty when some of them are forgotten. */
    Optional<List<EventRing.Entry>> after(JobId job, long number) {
        return ring(job).after(number);
    }

    /** Waits for an event of a job after a number; returns early when the server stops. */
    void await(JobId job, long number, Duration atMost) throws InterruptedException {
        if (!closed) {
            ring(job).await(number, atMost, () -> closed);
        }
    }

    String id(long number) {
        return life + '-' + number;
    }

    /** The number of an event id of this life; empty for others. */
    OptionalLong number(String id) {
        int dash = id.lastIndexOf('-');
        boolean isOurs = dash > 0
                && id.substring(0, dash).equals(life)
                && id.substring(dash + 1).matches("[0-9]{1,18}");
        return isOurs
                ? OptionalLong.of(Long.parseLong(id.substring(dash + 1)))
                : OptionalLong.empty();
    }

    /** Wakes everybody who waits, for ever. */
    public void close() {
        closed = true;
        List<EventRing> all;
        synchronized (this) {
            all = new ArrayList<>(live.values());
            all.addAll(ended.values());
        }
        all.forEach(EventRing::wake);
    }

    boolean isClosed() {
        return closed;
    }
}
