package io.erlust.callbacks;

import java.net.InetAddress;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One {@code allow-callback}: a target that may be called though it is private, plain http, or on a
 * low port.
 */
public sealed interface AllowedTarget {
    /** No port: any port. */
    OptionalInt port();

    /** The host name as written in the URL, wherever it resolves to. */
    record Named(String host, OptionalInt port) implements AllowedTarget {}

    /** Addresses, under whatever name. */
    record Addressed(AddressRange range, OptionalInt port) implements AllowedTarget {}

    /**
     * {@code app.internal:3000}, {@code app.internal}, {@code 127.0.0.1:3000}, {@code [::1]:3000},
     * {@code 10.1.0.0/16}.
     *
     * @throws IllegalArgumentException saying what was expected and got
     */
    static AllowedTarget parse(String text) {
        String entry = text.strip().toLowerCase(Locale.ROOT);
        try {
            if (entry.indexOf('/') >= 0) {
                AddressRange range = AddressRange.parse(entry).orElseThrow(() -> invalid(text));
                return new Addressed(range, OptionalInt.empty());
            }
            int colon = entry.lastIndexOf(':');
            boolean bareSix = colon != entry.indexOf(':') && !entry.startsWith("[");
            boolean hasPort = colon > 0 && !bareSix && !entry.endsWith("]");
            String host = Target.normalHost(hasPort ? entry.substring(0, colon) : entry);
            OptionalInt port =
                    hasPort ? port(entry.substring(colon + 1), text) : OptionalInt.empty();
            Optional<InetAddress> literal = Target.literal(host);
            return literal.isPresent()
                    ? new Addressed(AddressRange.of(literal.get()), port)
                    : new Named(host, port);
        } catch (TargetRefused e) {
            throw invalid(text);
        }
    }

    private static OptionalInt port(String digits, String text) {
        if (!digits.matches("[0-9]{1,5}")) {
            throw invalid(text);
        }
        int port = Integer.parseInt(digits);
        if (port < 1 || port > 65_535) {
            throw invalid(text);
        }
        return OptionalInt.of(port);
    }

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException(
                "allow-callback: expected HOST:PORT, HOST or a network like 10.1.0.0/16, got \""
                        + text + "\"");
    }

    /** Whether this entry opens the target by its name. */
    default boolean opens(Target target) {
        return this instanceof Named named
                && named.host().equals(target.host())
                && opensPort(target.port());
    }

    /** Whether this entry opens an address the target resolved to. */
    default boolean opens(InetAddress address, int port) {
        return this instanceof Addressed addressed
                && addressed.range().contains(address)
                && opensPort(port);
    }

    private boolean opensPort(int port) {
        return port().isEmpty() || port().getAsInt() == port;
    }
}
