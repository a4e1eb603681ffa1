package io.erlust.callbacks;

import io.erlust.json.Json;

import tools.jackson.databind.node.ObjectNode;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One entry of a job's delivery log.
 *
 * @param seq its place in the order of the job's callbacks, from 1
 * @param attempts how often it was sent
 * @param nextAt when it is tried next; empty behind an earlier pending one, and when it is not
 *     pending
 */
public record Callback(
        long seq,
        int run,
        String type,
        String webhookId,
        State state,
        int attempts,
        Instant createdAt,
        Optional<Instant> nextAt,
        OptionalInt lastStatus,
        Optional<String> lastError,
        Optional<Instant> endedAt) {
    /** Where it is on its way. */
    public enum State {
        PENDING,
        DELIVERED,
        UNDELIVERED;

        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }

        static State ofWire(String wire) {
            return valueOf(wire.toUpperCase(Locale.ROOT));
        }
    }

    /** The one form in which it is shown. */
    public ObjectNode json() {
        ObjectNode json = Json.object();
        json.put("seq", seq).put("run", run).put("type", type).put("webhook_id", webhookId);
        json.put("state", state.wire()).put("attempts", attempts);
        json.put("created_at", createdAt.toString());
        nextAt.ifPresent(at -> json.put("next_at", at.toString()));
        lastStatus.ifPresent(status -> json.put("last_status", status));
        lastError.ifPresent(error -> json.put("last_error", error));
        endedAt.ifPresent(at -> json.put("ended_at", at.toString()));
        return json;
    }
}
