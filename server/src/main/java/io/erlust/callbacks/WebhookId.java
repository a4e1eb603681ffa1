package io.erlust.callbacks;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;

/**
 * The id of a callback: {@code msg_} and a UUIDv7 without its dashes. It has no dots, as signatures
 * need.
 */
final class WebhookId {
    private static final SecureRandom RANDOM = new SecureRandom();

    private WebhookId() {}

    static String make(Instant now) {
        byte[] uuid = new byte[16];
        RANDOM.nextBytes(uuid);
        long millis = now.toEpochMilli();
        for (int i = 0; i < 6; i++) {
            uuid[i] = (byte) (millis >>> (40 - 8 * i));
        }
        uuid[6] = (byte) (0x70 | (uuid[6] & 0x0f));
        uuid[8] = (byte) (0x80 | (uuid[8] & 0x3f));
        return "msg_" + HexFormat.of().formatHex(uuid);
    }
}
