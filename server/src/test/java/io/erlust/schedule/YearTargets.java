package io.erlust.schedule;

import io.erlust.jobs.spec.When;
import io.erlust.schedule.Chronos.Target;

import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * When the runs of a recurring job had to begin, by what is promised and by what its clock showed:
 *
 * <ul>
 *   <li>An instant is due when a server sees it on the wall for the first time. Those seen at once
 *       (after a while without a server, or a jump) are due together, for one run; for none when
 *       nothing is to be made up for and the last of them is more than a minute late.
 *   <li>While the run before is under way: {@code skip} and {@code queue} look at the clock when it
 *       ends; {@code replace} cancels it, and the next is due when it has ended.
 *   <li>Nothing is due in a pause, after the job's end, or when it was cancelled.
 * </ul>
 */
final class YearTargets {
    private static final long LATE = 60_000;

    /** A run with the attempts that repeat it. */
    private record Span(long begin, long end, boolean replaced) {}

    private final YearPlan.Recurs recurs;
    private final Timeline timeline;
    private final YearLog.Entry entry;
    private final TreeMap<Long, Span> spans = new TreeMap<>();
    private final long[] instants;
    private final long end;
    private final List<Target> targets = new ArrayList<>();

    private YearTargets(
            YearPlan plan,
            YearPlan.Recurs recurs,
            Timeline timeline,
            YearLog.Entry entry,
            long start) {
        this.recurs = recurs;
        this.timeline = timeline;
        this.entry = entry;
        spans(entry);
        LocalDate first = LocalDate.ofInstant(Instant.ofEpochMilli(start), recurs.zone());
        instants = recurs.cron().due(recurs.zone(), first, first.plusDays(372)).stream()
                .mapToLong(Instant::toEpochMilli)
                .filter(instant -> instant > timeline.wall(start))
                .toArray();
        end = Math.min(entry.cancelled, expiry(plan.expires(), start));
    }

    static List<Target> of(
            YearPlan plan,
            YearPlan.Recurs recurs,
            Timeline timeline,
            YearLog.Entry entry,
            long start) {
        YearTargets targets = new YearTargets(plan, recurs, timeline, entry, start);
        targets.find(start);
        entry.startedByHand.forEach(at -> targets.targets.add(new Target(at, "started by hand")));
        targets.targets.sort(Comparator.comparingLong(Target::at));
        return targets.targets;
    }

    private void spans(YearLog.Entry entry) {
        for (YearLog.Run run : entry.runs) {
            boolean replaced = run.reason.startsWith("replaced");
            long begin = run.attempt == 1 ? run.begin : spans.lastEntry().getValue().begin;
            spans.put(begin, new Span(begin, run.retried ? Timeline.NEVER : run.end, replaced));
        }
    }

    private Optional<Span> underWay(long at) {
        return Optional.ofNullable(spans.lowerEntry(at))
                .map(found -> found.getValue())
                .filter(span -> span.end > at);
    }

    /** A job ends when its end is seen and nothing of it is under way. */
    private long expiry(long expires, long start) {
        long at = expires == Timeline.NEVER ? Timeline.NEVER : timeline.wallReaches(expires, start);
        while (at != Timeline.NEVER) {
            Optional<Span> span = underWay(at);
            if (span.isEmpty()) {
                return at;
            }
            at = span.get().end == Timeline.NEVER
                    ? Timeline.NEVER
                    : timeline.wallReaches(expires, span.get().end);
        }
        return at;
    }

    private Optional<YearLog.Pause> pauseAt(long at) {
        return entry.pauses().stream()
                .filter(pause -> pause.from() < at && at <= pause.to())
                .findFirst();
    }

    private int firstAfter(long wall, int index) {
        int next = index;
        while (next < instants.length && instants[next] <= wall) {
            next++;
        }
        return next;
    }

    private void find(long start) {
        int next = 0;
        long since = start;
        while (next < instants.length) {
            long at = timeline.wallReaches(instants[next], since);
            if (at >= end) {
                return;
            }
            Optional<Span> span = underWay(at);
            Optional<YearLog.Pause> pause = pauseAt(at);
            if (span.isPresent()
                    && (recurs.overlap() != When.Overlap.REPLACE || pause.isPresent())) {
                since = span.get().end;
                if (since == Timeline.NEVER) {
                    return;
                }
                if (pause.isPresent() && pause.get().to() < since) {
                    since = pause.get().to();
                    next = firstAfter(timeline.wall(since), next);
                    continue;
                }
                next = afterRun(span.get(), next);
            } else if (span.isPresent()) {
                since = span.get().end;
                if (since == Timeline.NEVER) {
                    return;
                }
                due(since, at, "next after a replaced one");
                next = firstAfter(Math.max(timeline.wall(at), timeline.wall(since)), next);
            } else if (pause.isPresent()) {
                since = pause.get().to();
                if (since == Timeline.NEVER) {
                    return;
                }
                next = firstAfter(timeline.wall(since), next);
            } else {
                since = at;
                int after = firstAfter(timeline.wall(at), next);
                if (recurs.catchUp() || timeline.wall(at) - instants[after - 1] <= LATE) {
                    due(at, at, "due at " + Instant.ofEpochMilli(instants[after - 1]));
                }
                next = after;
            }
        }
    }

    private int afterRun(Span span, int next) {
        long wall = timeline.wall(span.end);
        int pending = next;
        for (YearLog.Pause pause : entry.pauses()) {
            if (span.begin < pause.to() && pause.to() < span.end) {
                pending = firstAfter(timeline.wall(pause.to()), pending);
            }
        }
        int after = firstAfter(wall, pending);
        if (after > pending && recurs.overlap() == When.Overlap.QUEUE) {
            due(span.end, span.end, "queued until the end of a run");
        }
        return Math.max(after, pending);
    }

    /** Unless the job has ended by then, or a pause from {@code since} on forbids it. */
    private void due(long at, long since, String why) {
        boolean paused =
                entry.pauses().stream().anyMatch(pause -> pause.from() < at && since <= pause.to());
        if (at < end && !paused) {
            targets.add(new Target(at, why));
        }
    }
}
