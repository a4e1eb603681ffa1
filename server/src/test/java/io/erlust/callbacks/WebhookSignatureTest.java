package io.erlust.callbacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erlust.json.InvalidField;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

class WebhookSignatureTest {
    private static String sign(String secret, String id, long timestamp, String body) {
        return WebhookSignature.of(secret)
                .sign(id, timestamp, body.getBytes(StandardCharsets.UTF_8));
    }

    /** The example of the Standard Webhooks libraries. */
    @Test
    void a_whsec_secret_is_decoded_and_signs_as_the_published_example() {
        assertThat(sign(
                        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                        "msg_p5jXN8AQM9LWM0D4loKWxJek",
                        1614265330,
                        "{\"test\": 2432232314}"))
                .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    /** Computed with Python's hmac. */
    @Test
    void any_other_secret_signs_as_its_bytes_in_utf_8() {
        assertThat(sign("s3crét", "msg_1", 1700000000, "{\"a\":\"ä✓\"}"))
                .isEqualTo("v1,vg8XdHPLZRnxRj0GG4U/XAMFH8R9UIYH6w5sIrw7kO0=");
        assertThat(sign("secret", "msg_0190", 1700000001, ""))
                .isEqualTo("v1,pBm4XicEmgjjAopmmaUK9wgS7TdA98ShPgnJcHMREkk=");
    }

    @Test
    void each_part_changes_the_signature() {
        assertThat(sign("secret", "msg_1", 1, "a"))
                .isNotEqualTo(sign("secret", "msg_2", 1, "a"))
                .isNotEqualTo(sign("secret", "msg_1", 2, "a"))
                .isNotEqualTo(sign("secret", "msg_1", 1, "b"))
                .isNotEqualTo(sign("Secret", "msg_1", 1, "a"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "whsec_", "whsec_not base64!"})
    void a_secret_that_is_no_key_is_refused_without_showing_it(String secret) {
        assertThatThrownBy(() -> WebhookSignature.of(secret))
                .isInstanceOf(InvalidField.class)
                .hasMessageStartingWith("/security_hash: expected")
                .hasMessageNotContaining("not base64!");
    }

    @Test
    void an_id_is_unique_sorted_by_time_and_without_dots() {
        Instant now = Instant.parse("2026-11-21T10:00:00Z");
        String one = WebhookId.make(now);
        assertThat(one).matches("msg_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}");
        assertThat(WebhookId.make(now)).isNotEqualTo(one);
        assertThat(WebhookId.make(now.plusMillis(1))).isGreaterThan(one);
    }
}
