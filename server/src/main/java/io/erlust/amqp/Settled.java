package io.erlust.amqp;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Which deliveries of a session are settled; so that many can be acknowledged at once. Tags are 1,
 * 2, 3 ….
 */
final class Settled {
    /** All up to this are. */
    private long upTo;

    /** Bit i: tag upTo + 1 + i. */
    private BitSet after = new BitSet();

    /** The last tag that came before the consumer that runs now. */
    private long mark;

    private long countAfterMark;

    /** From here on another consumer is delivered to. */
    void mark(long lastTag) {
        mark = lastTag;
        countAfterMark = 0;
    }

    /** How many the consumer has that are not settled, when so many came in all. */
    long open(long lastTag) {
        return lastTag - mark - countAfterMark;
    }

    void add(long tag) {
        after.set((int) (tag - upTo - 1));
        countAfterMark += tag > mark ? 1 : 0;
    }

    /**
     * How to acknowledge some tags.
     *
     * @param upTo all up to this one at once; 0: there is none
     * @param alone and these one by one
     */
    record Acks(long upTo, long[] alone) {}

    Acks acknowledge(long[] tags) {
        Arrays.sort(tags);
        for (long tag : tags) {
            add(tag);
        }
        int run = after.nextClearBit(0);
        int n = 0;
        while (n < tags.length && tags[n] <= upTo + run) {
            n++;
        }
        Acks acks = new Acks(n == 0 ? 0 : tags[n - 1], Arrays.copyOfRange(tags, n, tags.length));
        if (run > 0) {
            upTo += run;
            after = after.get(run, Math.max(run, after.length()));
        }
        return acks;
    }
}
