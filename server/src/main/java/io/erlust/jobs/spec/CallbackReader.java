package io.erlust.jobs.spec;

import io.erlust.json.Fields;
import io.erlust.json.InvalidField;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads {@code callback_url} and {@code security_hash}: both or none, as callbacks are always
 * signed.
 */
final class CallbackReader {
    static final int URL_CHARS_MAX = 2048;
    static final int SECRET_CHARS_MAX = 1024;

    private static final String URL = "an absolute http or https URL of at most "
            + URL_CHARS_MAX
            + " characters, with a host, without user information and without a fragment";

    private CallbackReader() {}

    static Optional<URI> url(Fields job) {
        return job.string("callback_url").map(text -> url(job, text));
    }

    private static URI url(Fields job, String text) {
        URI url;
        try {
            url = new URI(text);
        } catch (URISyntaxException e) {
            throw new InvalidField(job.at("callback_url"), URL, shown(text));
        }
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        boolean good = (scheme.equals("http") || scheme.equals("https"))
                && url.getHost() != null
                && url.getPort() <= 65_535
                && url.getPort() != 0
                && url.getRawUserInfo() == null
                && url.getRawFragment() == null
                && text.length() <= URL_CHARS_MAX;
        if (!good) {
            throw new InvalidField(job.at("callback_url"), URL, shown(text));
        }
        return url;
    }

    static Optional<String> secret(Fields job, boolean hasUrl) {
        Optional<String> secret = job.string("security_hash");
        if (hasUrl && secret.isEmpty()) {
            throw job.missing(
                    "security_hash",
                    "the secret that signs the callbacks, as there is a callback_url"
                            + " (unsigned callbacks are not sent)");
        }
        if (!hasUrl && secret.isPresent()) {
            throw job.missing("callback_url", "a URL, as there is a security_hash to sign with");
        }
        secret.ifPresent(value -> check(job, value));
        return secret;
    }

    /** Never shows the secret. */
    private static void check(Fields job, String secret) {
        if (secret.isEmpty() || secret.length() > SECRET_CHARS_MAX) {
            throw new InvalidField(
                    job.at("security_hash"),
                    "a string of 1 to " + SECRET_CHARS_MAX + " characters",
                    secret.length() + " characters");
        }
        if (secret.startsWith("whsec_") && !isKey(secret.substring("whsec_".length()))) {
            throw new InvalidField(
                    job.at("security_hash"),
                    "base64 of at least one byte after \"whsec_\"",
                    "something else");
        }
    }

    private static boolean isKey(String base64) {
        try {
            return Base64.getDecoder().decode(base64).length > 0;
        } catch (IllegalArgumentException e) {
            return false; // not base64: that is the question
        }
    }

    private static String shown(String text) {
        return '"' + (text.length() <= 80 ? text : text.substring(0, 77) + "…") + '"';
    }
}
