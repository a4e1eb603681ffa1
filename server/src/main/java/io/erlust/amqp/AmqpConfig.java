package io.erlust.amqp;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * Where the broker is and how it is used.
 *
 * @param uri {@code amqp://USER:PASSWORD@HOST:PORT/VHOST}, or {@code amqps://} for TLS
 * @param tls which certificates, when it is {@code amqps}
 * @param putTimeout a put that the broker has not confirmed for so long fails
 */
public record AmqpConfig(URI uri, QueueType queueType, Tls tls, Duration putTimeout) {
    public static final Duration PUT_TIMEOUT = Duration.ofMinutes(5);

    public AmqpConfig {
        if (!isSecure(uri) && tls.isSet()) {
            throw new IllegalArgumentException("amqp-authority, amqp-certificate and amqp-key:"
                    + " expected amqp to begin with amqps://, as nothing is encrypted else");
        }
    }

    /** A broker without TLS, or with the system's certificates. */
    public static AmqpConfig of(URI uri) {
        Tls system = new Tls(Optional.empty(), Optional.empty(), Optional.empty());
        return new AmqpConfig(uri, QueueType.AUTO, system, PUT_TIMEOUT);
    }

    /** For people: without the password. */
    String place() {
        String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        return uri.getScheme() + "://" + uri.getHost() + port + path;
    }

    boolean isSecure() {
        return isSecure(uri);
    }

    private static boolean isSecure(URI uri) {
        return "amqps".equals(uri.getScheme());
    }

    /**
     * Reads the files of TLS, which else are read when the server starts.
     *
     * @throws IllegalArgumentException when one can't be used, naming it
     */
    public void check() {
        if (isSecure()) {
            var _ = tls.context();
        }
    }
}
