package io.erlust.callbacks;

/**
 * What the dispatcher did since it started, and does now.
 *
 * @param delivered callbacks answered with 2xx
 * @param failedAttempts attempts that ended otherwise
 * @param undelivered callbacks given up: three days over, or 410
 * @param inFlight attempts going on
 */
public record CallbackCounters(
        long delivered, long failedAttempts, long undelivered, int inFlight) {}
