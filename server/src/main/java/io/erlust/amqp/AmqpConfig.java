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
        return "amqps".equals(uri.getScheme());
    }
}
