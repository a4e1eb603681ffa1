package io.erlust.callbacks;

import io.erlust.json.InvalidField;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs callbacks by Standard Webhooks 1.0.0: {@code v1,} and the base64 HMAC-SHA256 of
 * {@code id.timestamp.body}. The key is the secret's UTF-8 bytes, or what follows {@code whsec_},
 * decoded.
 */
public final class WebhookSignature {
    private static final String PREFIX = "whsec_";
    private static final String POINTER = "/security_hash";

    private final SecretKeySpec key;

    private WebhookSignature(SecretKeySpec key) {
        this.key = key;
    }

    /**
     * From a job's {@code security_hash}.
     *
     * @throws InvalidField at {@code /security_hash} when it can't be a key; never shows the secret
     */
    public static WebhookSignature of(String secret) {
        byte[] bytes;
        if (secret.startsWith(PREFIX)) {
            try {
                bytes = Base64.getDecoder().decode(secret.substring(PREFIX.length()));
            } catch (IllegalArgumentException e) {
                throw new InvalidField(POINTER, "base64 after " + PREFIX, "something else");
            }
        } else {
            bytes = secret.getBytes(StandardCharsets.UTF_8);
        }
        if (bytes.length == 0) {
            throw new InvalidField(POINTER, "a secret of at least one byte", "an empty one");
        }
        return new WebhookSignature(new SecretKeySpec(bytes, "HmacSHA256"));
    }

    /** The value of {@code webhook-signature}. */
    public String sign(String id, long timestamp, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }
}
