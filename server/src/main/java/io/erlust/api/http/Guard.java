package io.erlust.api.http;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The guard at the door. A web page may not reach this server by a name of its own (DNS rebinding:
 * {@code Host}), nor from another origin ({@code Origin}, {@code Sec-Fetch-Site}); and whatever is
 * not public needs the token, whatever its method.
 */
final class Guard {
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Pattern AUTHORITY =
            Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?");
    private static final String SCHEME = "Bearer ";

    private final List<String> hosts;
    private final AdminToken token;

    Guard(List<String> hosts, AdminToken token) {
        this.hosts = hosts.stream().map(host -> host.toLowerCase(Locale.ROOT)).toList();
        this.token = token;
    }

    /** Refuses requests that were meant for another host or come from another origin. */
    void checkOrigin(Request request) {
        String host = request.getHeaders().get(HttpHeader.HOST);
        if (host == null || !isOurs(host, request)) {
            throw Problem.of(
                            ProblemType.FOREIGN_HOST,
                            "expected Host to be a loopback name or the address of this server with"
                                    + " its port, got " + shown(host)
                                    + "; allow a name with --host")
                    .with("got", String.valueOf(host));
        }
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        String site = request.getHeaders().get("Sec-Fetch-Site");
        boolean foreign = origin != null
                && !origin.equalsIgnoreCase("http://" + host)
                && !origin.equalsIgnoreCase("https://" + host);
        if (foreign || (site != null && !site.equals("same-origin") && !site.equals("none"))) {
            throw Problem.of(
                    ProblemType.FOREIGN_ORIGIN,
                    "expected a request of this origin or of no web page, got one of "
                            + shown(origin == null ? "another site" : origin));
        }
    }

    void checkToken(Request request) {
        List<String> fields = request.getHeaders().getValuesList(HttpHeader.AUTHORIZATION);
        boolean valid = fields.size() == 1
                && fields.getFirst().regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                && token.matches(fields.getFirst().substring(SCHEME.length()).strip());
        if (!valid) {
            throw Problem.of(
                            ProblemType.UNAUTHORIZED,
                            "expected \"Authorization: Bearer <token>\"; the server's token is in"
                                    + " admin.token in its data directory")
                    .withHeader("WWW-Authenticate", "Bearer realm=\"erlust\"");
        }
    }

    private boolean isOurs(String authority, Request request) {
        String lower = authority.toLowerCase(Locale.ROOT);
        Matcher form = AUTHORITY.matcher(lower);
        if (!form.matches()) {
            return false;
        }
        String host = form.group(1);
        if (hosts.contains(lower) || hosts.contains(host)) {
            return true;
        }
        int port = form.group(2) == null ? 80 : Integer.parseInt(form.group(2));
        if (!(request.getConnectionMetaData().getLocalSocketAddress()
                        instanceof InetSocketAddress local)
                || port != local.getPort()) {
            return false;
        }
        return LOOPBACK.contains(host) || isLiteral(host, local.getAddress());
    }

    /** Whether the host is this very address in digits. Never asks a name service. */
    private static boolean isLiteral(String host, InetAddress address) {
        try {
            return InetAddress.ofLiteral(host.replaceAll("[\\[\\]]", "")).equals(address);
        } catch (IllegalArgumentException e) {
            return false; // a name
        }
    }

    private static String shown(@Nullable String text) {
        if (text == null) {
            return "none";
        }
        return '"' + (text.length() <= 80 ? text : text.substring(0, 77) + "…") + '"';
    }
}
