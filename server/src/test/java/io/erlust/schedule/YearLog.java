package io.erlust.schedule;

import io.erlust.jobs.JobState;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What happened to the jobs of a simulated year, and when, in real time. */
final class YearLog {
    /** A run, from when it became available. */
    static final class Run {
        final int number;
        final int attempt;
        final long begin;
        long end = Timeline.NEVER;
        long cancelAsked = Timeline.NEVER;

        @Nullable
        JobState state;

        String reason = "";
        boolean retried;

        Run(int number, int attempt, long begin) {
            this.number = number;
            this.attempt = attempt;
            this.begin = begin;
        }

        @Override
        public String toString() {
            return "run " + number + "." + attempt + " " + begin + "-" + end + " " + state;
        }
    }

    /** A pause: what is due after {@code from}, up to {@code to}, is not to begin. */
    record Pause(long from, long to) {}

    /** One job. */
    static final class Entry {
        final List<Run> runs = new ArrayList<>();
        final List<Pause> pauses = new ArrayList<>();
        final List<Long> startedByHand = new ArrayList<>();
        long pausedSince = Timeline.NEVER;
        long cancelled = Timeline.NEVER;
        long ended = Timeline.NEVER;

        @Nullable
        JobState state;

        List<Pause> pauses() {
            List<Pause> all = new ArrayList<>(pauses);
            if (pausedSince != Timeline.NEVER) {
                all.add(new Pause(pausedSince, Timeline.NEVER));
            }
            return all;
        }
    }

    private final Map<String, Entry> entries = new HashMap<>();

    Entry of(String id) {
        return entries.computeIfAbsent(id, any -> new Entry());
    }

    int runs() {
        return entries.values().stream().mapToInt(entry -> entry.runs.size()).sum();
    }
}
