package io.erlust.schedule;

import java.util.ArrayList;
import java.util.List;

/**
 * What the clocks of a server showed, and when there was one. Real time, which never jumps, is in
 * milliseconds; what a clock shows is the real time and its offset.
 */
final class Timeline {
    static final long NEVER = Long.MAX_VALUE;

    /** A while in which a server ran and no clock jumped; {@code to} is not in it. */
    private record Segment(long from, long to, long wallOffset, long steadyOffset) {}

    private final List<Segment> segments = new ArrayList<>();

    void add(long from, long to, long wallOffset, long steadyOffset) {
        if (from < to) {
            segments.add(new Segment(from, to, wallOffset, steadyOffset));
        }
    }

    /** When a server first saw this time on the wall, from a moment on. */
    long wallReaches(long time, long since) {
        for (Segment segment : segments) {
            long at = Math.max(Math.max(segment.from, since), time - segment.wallOffset);
            if (at < segment.to) {
                return at;
            }
        }
        return NEVER;
    }

    /** The same of the steady clock, which each server sets by the wall when it starts. */
    long steadyReaches(long time, long since) {
        for (Segment segment : segments) {
            long at = Math.max(Math.max(segment.from, since), time - segment.steadyOffset);
            if (at < segment.to) {
                return at;
            }
        }
        return NEVER;
    }

    long wall(long real) {
        return real + at(real).wallOffset;
    }

    long steady(long real) {
        return real + at(real).steadyOffset;
    }

    /** A server ran then. */
    private Segment at(long real) {
        for (Segment segment : segments) {
            if (segment.from <= real && real < segment.to) {
                return segment;
            }
        }
        throw new IllegalArgumentException("no server ran at " + real);
    }
}
