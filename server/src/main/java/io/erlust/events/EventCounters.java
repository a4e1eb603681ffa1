package io.erlust.events;

/**
 * What was done since the start of the server.
 *
 * @param published events that the broker has
 * @param failures batches that it did not take
 * @param dropped rows of the outbox that went untold: there were too many, or their run was pruned
 */
public record EventCounters(long published, long failures, long dropped) {}
