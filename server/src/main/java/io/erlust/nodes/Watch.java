package io.erlust.nodes;

import java.time.Duration;
import java.util.Optional;

/**
 * Looks at one running node again and again, and finds out when it will not go on: its process is
 * stopped, one item takes it longer than its job allows, or it misuses its hand file. Time in which
 * nobody looked (the server itself was stopped) does not count.
 */
final class Watch {
    static final Duration INTERVAL = Duration.ofMillis(250);

    /** A process may be stopped for a moment, by a debugger say. */
    static final Duration STOPPED_MAX = Duration.ofSeconds(3);

    private final long itemNanosMax;
    private long stoppedNanos;
    private long inHand;
    private long inHandNanos;

    Watch(Optional<Duration> itemTimeout) {
        itemNanosMax = itemTimeout.map(Duration::toNanos).orElse(Long.MAX_VALUE);
    }

    /** What there is to see: the item in hand by its seq, 0 when there is none. */
    record Sight(boolean isStopped, long inHand, boolean handFileHasGrown) {}

    /**
     * Looks once. One thread.
     *
     * @param sinceNanos how long ago it looked last
     * @return why the node is to be killed
     */
    Optional<String> look(Sight sight, long sinceNanos) {
        long counted = Math.min(sinceNanos, 2 * INTERVAL.toNanos());
        stoppedNanos = sight.isStopped ? stoppedNanos + counted : 0;
        if (stoppedNanos >= STOPPED_MAX.toNanos()) {
            return Optional.of(NodeExit.UNRESPONSIVE);
        }
        long seq = sight.inHand;
        inHandNanos = seq != 0 && seq == inHand ? inHandNanos + counted : 0;
        inHand = seq;
        if (inHandNanos >= itemNanosMax) {
            return Optional.of(NodeExit.TIMEOUT);
        }
        return sight.handFileHasGrown
                ? Optional.of(NodeExit.PROTOCOL + "its hand file grew beyond 16 bytes")
                : Optional.empty();
    }
}
