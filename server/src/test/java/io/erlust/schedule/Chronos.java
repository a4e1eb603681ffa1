package io.erlust.schedule;

import java.util.ArrayList;
import java.util.List;

/**
 * Matches the runs that were due with those that began, after the idea of Jepsen's test of Chronos:
 * what is due is a target, an interval in which one run has to begin. Times are milliseconds of a
 * clock that never jumps.
 *
 * <p>Greedy matching, both in order of time, is best here: all targets have the same length, so the
 * one that begins first also ends first. If some best matching gives the first target another run
 * than the earliest one it can have, exchange the two runs: whoever had the earlier one can have
 * the later one as well, as its interval ends no earlier. So a matching exists in which the first
 * target has the earliest run, and the same holds for those that are left.
 */
final class Chronos {
    /** @param why what was due, for people */
    record Target(long at, String why) {}

    /** What does not fit together. */
    record Report(List<Target> missed, List<Long> extra) {
        boolean isClean() {
            return missed.isEmpty() && extra.isEmpty();
        }
    }

    private Chronos() {}

    /**
     * Both in order of time.
     *
     * @param tolerance how long a target is
     */
    static Report match(List<Target> targets, List<Long> begins, long tolerance) {
        List<Target> missed = new ArrayList<>();
        List<Long> extra = new ArrayList<>();
        int next = 0;
        for (Target target : targets) {
            while (next < begins.size() && begins.get(next) < target.at()) {
                extra.add(begins.get(next++));
            }
            if (next < begins.size() && begins.get(next) <= target.at() + tolerance) {
                next++;
            } else {
                missed.add(target);
            }
        }
        extra.addAll(begins.subList(next, begins.size()));
        return new Report(missed, extra);
    }
}
