package io.erlust.queues;

import java.time.Instant;

/**
 * An item that failed as often as its queue allows.
 *
 * @param history a JSON array of its failures: {@code [{"attempt":1,"at":…,"error":{…}}]}
 * @param item the JSON text that was put
 */
public record DeadItem(
        String id, int failures, Instant putAt, Instant failedAt, String history, byte[] item) {}
