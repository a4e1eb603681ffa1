package io.erlust.queues;

import io.erlust.json.Fields;
import io.erlust.json.Json;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.Duration;

/**
 * What can be set of a queue.
 *
 * @param backend where its ready items live; in the database unless set
 * @param itemsMax puts that would leave more items than this are refused; 10,000,000 unless set
 * @param bytesMax the same in bytes of JSON; 10 GiB unless set
 * @param maxAttempts an item that failed this often is dead; 5 unless set
 * @param backoff how long a failed item waits for its first retry, doubled each time up to an hour,
 *     with jitter of half; 1 s unless set
 */
public record QueueConfig(
        Backend backend, long itemsMax, long bytesMax, int maxAttempts, Duration backoff) {
    public static final QueueConfig DEFAULT =
            new QueueConfig(Backend.SQL, 10_000_000, 10L << 30, 5, Duration.ofSeconds(1));

    private static final Duration BACKOFF_MAX = Duration.ofHours(1);

    /**
     * Reads the wire form; a missing field takes the default.
     *
     * @param backend unless the text says it
     */
    public static QueueConfig read(JsonNode body, Backend backend) {
        Fields fields = Fields.of(body, "");
        QueueConfig config = new QueueConfig(
                Backend.read(fields).orElse(backend),
                fields.integer("items_max", 1, 1_000_000_000_000L).orElse(DEFAULT.itemsMax),
                fields.integer("bytes_max", 1, 1L << 50).orElse(DEFAULT.bytesMax),
                fields.integer("max_attempts", 1, 1000)
                        .map(Long::intValue)
                        .orElse(DEFAULT.maxAttempts),
                fields.integer("backoff_ms", 0, BACKOFF_MAX.toMillis())
                        .map(Duration::ofMillis)
                        .orElse(DEFAULT.backoff));
        fields.end();
        return config;
    }

    /** The same in another place. */
    QueueConfig in(Backend other) {
        return new QueueConfig(other, itemsMax, bytesMax, maxAttempts, backoff);
    }

    public ObjectNode json() {
        ObjectNode json = Json.object();
        json.put("backend", backend.wire());
        json.put("items_max", itemsMax);
        json.put("bytes_max", bytesMax);
        json.put("max_attempts", maxAttempts);
        json.put("backoff_ms", backoff.toMillis());
        return json;
    }

    /** The wait after failure number {@code failures} (1, 2, …); {@code random} is in [0, 1). */
    Duration backoff(int failures, double random) {
        double doubled = backoff.toMillis() * Math.pow(2, Math.min(failures - 1, 40));
        double capped = Math.min(doubled, (double) BACKOFF_MAX.toMillis());
        return Duration.ofMillis((long) (capped * (0.5 + random / 2)));
    }
}
