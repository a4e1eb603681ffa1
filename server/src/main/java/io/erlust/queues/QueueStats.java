package io.erlust.queues;

import java.util.Optional;

/**
 * A queue at one moment.
 *
 * @param ready items nobody has
 * @param inHand items delivered and not acknowledged
 * @param retrying failed items that wait for their retry
 * @param bytes of what is in the database: not of a broker's messages
 * @param trouble why nothing moves to or from the broker now
 * @param putRate items put a second, over the last 10 s
 */
public record QueueStats(
        QueueName name,
        QueueConfig config,
        long ready,
        long inHand,
        long retrying,
        long dead,
        long bytes,
        int producers,
        int consumers,
        double putRate,
        double ackRate,
        Optional<String> trouble) {}
