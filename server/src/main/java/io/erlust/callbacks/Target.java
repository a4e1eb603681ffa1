package io.erlust.callbacks;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A callback URL in its one normal form, so that no other spelling of a host slips past the guard.
 *
 * @param host lower case, no trailing dot; an IPv6 address without brackets
 * @param path with the query, as written
 */
record Target(boolean secure, String host, int port, String path) {
    static final int URL_CHARS_MAX = 2048;

    private static final Pattern NAME = Pattern.compile(
            "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
    private static final Pattern QUAD =
            Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
    private static final Pattern NUMERIC = Pattern.compile("(.*\\.)?([0-9]+|0x[0-9a-f]*)");
    private static final Pattern SIX = Pattern.compile("[0-9a-f:.]{2,45}");

    static Target of(URI url) {
        String text = url.toString();
        if (text.length() > URL_CHARS_MAX) {
            throw new TargetRefused(
                    "a URL of at most " + URL_CHARS_MAX + " characters",
                    text.length() + " characters");
        }
        String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
        if (!scheme.equals("https") && !scheme.equals("http")) {
            throw new TargetRefused("a URL starting with https:// (or http://)", quote(text));
        }
        if (url.getRawUserInfo() != null || url.getRawFragment() != null) {
            throw new TargetRefused(
                    "a URL without user:password@ and without #fragment", quote(text));
        }
        String host = url.getHost();
        if (host == null) {
            throw new TargetRefused(
                    "a URL with a host name (international names as xn--…) or an address",
                    quote(text));
        }
        boolean secure = scheme.equals("https");
        int port = url.getPort() == -1 ? (secure ? 443 : 80) : url.getPort();
        if (port < 1 || port > 65_535) {
            throw new TargetRefused("a port from 1 to 65535", String.valueOf(port));
        }
        return new Target(secure, normalHost(host), port, path(url));
    }

    private static String path(URI url) {
        String path =
                url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        return url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
    }

    /**
     * A host name or strict address, normalised; refuses what only looks like one (127.1, 0x7f.1,
     * 2130706433).
     */
    static String normalHost(String raw) {
        String host = raw.toLowerCase(Locale.ROOT);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.endsWith(".")) {
            host = host.substring(0, host.length() - 1);
        }
        Optional<InetAddress> literal = literal(host);
        if (literal.isPresent()) {
            return literal.get().getHostAddress();
        }
        if (NUMERIC.matcher(host).matches() || host.indexOf(':') >= 0) {
            throw new TargetRefused(
                    "an address like 192.0.2.7 or [2001:db8::7], or a host name", quote(raw));
        }
        if (host.length() > 253 || !NAME.matcher(host).matches()) {
            throw new TargetRefused("a host name of letters, digits, '-' and '.'", quote(raw));
        }
        return host;
    }

    /**
     * The address a text is, strictly: four decimal numbers without leading zeros, or IPv6 without
     * a zone.
     */
    static Optional<InetAddress> literal(String host) {
        try {
            if (QUAD.matcher(host).matches()) {
                byte[] four = new byte[4];
                String[] parts = host.split("\\.", -1);
                for (int i = 0; i < 4; i++) {
                    int part = Integer.parseInt(parts[i]);
                    if (part > 255) {
                        return Optional.empty();
                    }
                    four[i] = (byte) part;
                }
                return Optional.of(InetAddress.getByAddress(four));
            }
            return host.indexOf(':') >= 0 && SIX.matcher(host).matches()
                    ? Optional.of(Inet6Address.ofLiteral(host))
                    : Optional.empty();
        } catch (UnknownHostException | IllegalArgumentException e) {
            return Optional.empty(); // not an address; the caller says what it expected
        }
    }

    Optional<InetAddress> literal() {
        return literal(host);
    }

    /** Both names of loopback that need no look-up. */
    boolean isLocalhost() {
        return host.equals("localhost") || host.endsWith(".localhost");
    }

    /**
     * {@code host:port}, IPv6 in brackets: what isolation, throttles and {@code --allow-callback}
     * go by.
     */
    String authority() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    URI uri() {
        return URI.create((secure ? "https://" : "http://") + authority() + path);
    }

    private static String quote(String text) {
        return '"' + (text.length() <= 100 ? text : text.substring(0, 99) + "…") + '"';
    }
}
