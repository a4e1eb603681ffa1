package io.erlust.queues;

import java.time.Instant;

/**
 * An item handed out over HTTP.
 *
 * @param receipt acknowledges it, until its lease ends
 * @param item the JSON text that was put
 */
public record Received(String receipt, String id, int attempt, Instant putAt, byte[] item) {}
