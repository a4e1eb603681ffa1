package io.erlust.callbacks;

/**
 * What the dispatcher did since it started, and has before it.
 *
 * @param delivered callbacks answered with 2xx
 * @param failedAttempts attempts that ended otherwise
 * @param undelivered callbacks given up: three days over, or 410
 * @param pending callbacks in the store that wait to be delivered
 * @param inFlight attempts going on
 */
public record CallbackCounters(
        long delivered, long failedAttempts, long undelivered, long pending, int inFlight) {}
