package io.erlust.callbacks;

import io.erlust.callbacks.CursorRows.Run;
import io.erlust.jobs.spec.JobId;
import io.erlust.lifecycle.Rounds;
import io.erlust.time.MonotonicClock;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which runs are to be looked at for something to tell, and when. Of a job only its earliest open
 * run is, so that a run's end is told before the next run's results. Only a reminder: the truth is
 * in the store. Thread-safe; never blocks for long.
 */
final class OpenRuns {
    /** A job with open runs. */
    private static final class Open {
        private final TreeMap<Integer, Run> runs = new TreeMap<>();

        /** Something may be there to tell, since when. */
        private boolean dirty;

        private long since;

        /** Look now, do not wait for more. */
        private boolean urgent;

        /**
         * Being looked at, or as many callbacks are pending as may be: not looked at until that is
         * over.
         */
        private boolean held;

        /** Of its earliest run: the last result told, and the last known of. */
        private long told;

        private long seen;
    }

    /** A run being looked at; since when its news waited. */
    record Look(Run run, long since) {}

    private final CallbackConfig config;
    private final MonotonicClock clock;

    /** Guarded by this, and all that is in it. */
    private final Map<JobId, Open> jobs = new HashMap<>();

    OpenRuns(CallbackConfig config, MonotonicClock clock) {
        this.config = config;
        this.clock = clock;
    }

    /** A run that has begun: there is nothing to tell yet. */
    synchronized void begun(Run run) {
        add(run);
    }

    /** A run to be looked at at once. */
    synchronized void note(Run run) {
        Open open = add(run);
        open.urgent = true;
        soil(open, clock.nanos());
    }

    private Open add(Run run) {
        Open open = jobs.computeIfAbsent(run.job(), job -> new Open());
        open.runs.putIfAbsent(run.run(), run);
        return open;
    }

    /** Results are in the log. True: the next look comes sooner by that. */
    synchronized boolean appended(JobId job, int run, long lastSeq) {
        Open open = jobs.get(job);
        if (open == null) {
            return false; // a job without callbacks
        }
        boolean before = open.dirty && (open.urgent || batchWaits(open));
        if (open.runs.firstKey() == run) {
            open.seen = Math.max(open.seen, lastSeq);
        }
        boolean wasClean = !open.dirty;
        soil(open, clock.nanos());
        return wasClean || (!before && batchWaits(open));
    }

    /**
     * One of a job's callbacks has ended, so another may be made. True: it is looked at by that.
     */
    synchronized boolean room(JobId job) {
        Open open = jobs.get(job);
        if (open == null || !open.held) {
            return false;
        }
        open.held = false;
        open.urgent = true;
        soil(open, clock.nanos());
        return true;
    }

    /** Runs to be looked at now; they are held until the look is over. */
    synchronized List<Look> take(int max) {
        List<Look> ready = new ArrayList<>();
        for (Open open : jobs.values()) {
            if (ready.size() < max && left(open) <= 0) {
                ready.add(new Look(open.runs.firstEntry().getValue(), open.since));
                open.dirty = false;
                open.held = true; // room() meanwhile ends this, so it is not missed
            }
        }
        return ready;
    }

    /** How long until the next run is to be looked at. */
    synchronized Duration rest() {
        long rest = Rounds.REST_MAX.toNanos();
        for (Open open : jobs.values()) {
            rest = Math.min(rest, left(open));
        }
        return Duration.ofNanos(Math.max(0, rest));
    }

    private long left(Open open) {
        if (!open.dirty || open.held) {
            return Long.MAX_VALUE;
        }
        return open.urgent || batchWaits(open)
                ? 0
                : config.batchDelay().toNanos() - (clock.nanos() - open.since);
    }

    /** The look found nothing to tell. */
    synchronized void nothing(Look look) {
        Open open = of(look);
        if (open != null) {
            open.held = false;
            open.urgent = open.dirty && open.urgent;
        }
    }

    /** Results up to a number were told; {@code cut}: others that waited as long were left. */
    synchronized void told(Look look, long seq, boolean cut, long begun) {
        Open open = of(look);
        if (open != null) {
            open.held = false;
            open.told = seq;
            // what came in meanwhile, perhaps the end, is not announced again
            soil(open, cut ? look.since() : begun);
        }
    }

    /** The look failed. */
    synchronized void again(Look look) {
        Open open = of(look);
        if (open != null) {
            open.held = false;
            open.urgent = true;
            soil(open, look.since());
        }
    }

    /** Nothing more comes of the run; the job's next one has its turn. */
    synchronized void closed(Look look) {
        Open open = of(look);
        if (open == null) {
            return;
        }
        open.runs.remove(look.run().run());
        open.held = false;
        open.urgent = true;
        open.told = 0;
        open.seen = 0;
        soil(open, look.since());
        if (open.runs.isEmpty()) {
            jobs.remove(look.run().job());
        }
    }

    private @Nullable Open of(Look look) {
        Open open = jobs.get(look.run().job());
        return open != null && open.runs.containsKey(look.run().run()) ? open : null;
    }

    private boolean batchWaits(Open open) {
        return open.seen - open.told >= config.batchResultsMax();
    }

    private static void soil(Open open, long since) {
        if (!open.dirty || since - open.since < 0) {
            open.since = since;
        }
        open.dirty = true;
    }
}
