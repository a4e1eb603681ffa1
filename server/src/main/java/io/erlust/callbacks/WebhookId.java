package io.erlust.callbacks;

import io.erlust.jobs.spec.JobId;

import java.time.Instant;

/**
 * The id of a callback: {@code msg_} and a UUIDv7 without its dashes. It has no dots, as signatures
 * need.
 */
final class WebhookId {
    private WebhookId() {}

    static String make(Instant now) {
        return "msg_" + JobId.fresh(now).value().replace("-", "");
    }
}
