package io.erlust.schedule;

import io.erlust.jobs.spec.When;
import io.erlust.time.NaiveCron;

import org.jspecify.annotations.Nullable;

import java.time.ZoneId;
import java.util.List;

/**
 * A job of the simulated year: what is submitted, what it means, and how its runs go.
 *
 * @param members of the job, as JSON with single quotes
 * @param recurs its schedule, when it has one
 * @param at when it is due by the wall, or {@link Timeline#NEVER}
 * @param delay when it is due after its submission, or {@link Timeline#NEVER}
 * @param after the jobs it runs after
 * @param expires by the wall, or {@link Timeline#NEVER}
 * @param runMillis how long a run takes; every tenth takes {@code longRunMillis}
 * @param failPercent of its runs
 */
record YearPlan(
        String id,
        String members,
        @Nullable Recurs recurs,
        long at,
        long delay,
        List<String> after,
        When.On on,
        long expires,
        int attempts,
        long backOff,
        long runMillis,
        long longRunMillis,
        int failPercent) {

    /** A schedule. */
    record Recurs(NaiveCron cron, ZoneId zone, When.Overlap overlap, boolean catchUp) {}

    private int chance(int run, int salt) {
        int mixed = (id.hashCode() * 31 + run) * 31 + salt;
        mixed ^= mixed >>> 15;
        mixed *= 0x2c1b3c6d;
        mixed ^= mixed >>> 12;
        return Math.floorMod(mixed, 100);
    }

    @Override
    public String toString() {
        return id + " {" + members + "}";
    }

    long millis(int run) {
        return chance(run, 1) < 10 ? longRunMillis : runMillis;
    }

    boolean fails(int run) {
        return chance(run, 2) < failPercent;
    }
}
