package io.erlust.callbacks;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;

/**
 * Decides which callback URLs may be called, so that nobody who may submit a job can make this
 * server talk to its own network. Public addresses over https may; everything else needs an
 * {@link AllowedTarget}; metadata services and this server itself never. A name is resolved once an
 * attempt, refused if any answer is denied, and the checked address is the one connected to.
 */
public final class TargetGuard {
    private final List<AllowedTarget> allowed;
    private final IntSupplier ownPort;
    private final NameResolver resolver;

    /** @param ownPort the port this server listens on (0 before it does) */
    public TargetGuard(List<AllowedTarget> allowed, IntSupplier ownPort, NameResolver resolver) {
        this.allowed = List.copyOf(allowed);
        this.ownPort = ownPort;
        this.resolver = resolver;
    }

    /**
     * Judges a URL as far as that goes without asking DNS: for an early answer to who submits it.
     */
    public void check(URI url) {
        Target target = Target.of(url);
        Optional<InetAddress> literal = target.literal();
        if (literal.isPresent()) {
            judge(target, literal.get());
        } else if (target.isLocalhost()) {
            judge(target, Target.literal("127.0.0.1").orElseThrow());
        } else if (!mayOpenByAddress(target)) {
            judgeManner(target, opened(target));
        }
    }

    /**
     * The addresses a target may be connected to now, all of them checked. Blocks while DNS is
     * asked.
     */
    List<InetSocketAddress> resolve(Target target) throws UnknownHostException {
        Optional<InetAddress> literal = target.literal();
        List<InetAddress> answers =
                literal.isPresent() ? List.of(literal.get()) : resolver.resolve(target.host());
        if (answers.isEmpty()) {
            throw new UnknownHostException(target.host());
        }
        if (target.isLocalhost() && answers.stream().anyMatch(a -> opened(a, target.port()))) {
            // nobody can forge this name; with 127.0.0.1 allowed, its other address, ::1, is not
            // missed
            answers = answers.stream().filter(a -> opened(a, target.port())).toList();
        }
        answers.forEach(address -> judge(target, address));
        return answers.stream()
                .map(address -> new InetSocketAddress(address, target.port()))
                .toList();
    }

    private void judge(Target target, InetAddress address) {
        Optional<String> never = DeniedAddresses.always(address);
        if (never.isPresent()) {
            throw refused(
                    target,
                    "a target that is not " + never.get() + " (no option opens those)",
                    address);
        }
        Optional<String> denied = DeniedAddresses.unlessAllowed(address);
        if (target.port() == ownPort.getAsInt() && (denied.isPresent() || isOurs(address))) {
            throw refused(
                    target,
                    "a target other than this server itself (no option opens that)",
                    address);
        }
        boolean open = opened(target) || opened(address, target.port());
        if (!open && denied.isPresent()) {
            throw refused(
                    target,
                    "a public address; to call " + denied.get() + ", " + option(target),
                    address);
        }
        judgeManner(target, open);
    }

    private static void judgeManner(Target target, boolean open) {
        if (!open && !target.secure()) {
            throw new TargetRefused(
                    "https://; to call this target over plain http, " + option(target),
                    "\"" + target.uri() + "\"");
        }
        if (!open && target.port() != 443 && target.port() < 1024) {
            throw new TargetRefused(
                    "port 443 or one from 1024; to call this target, " + option(target),
                    "port " + target.port());
        }
    }

    /** Only DNS can say: an entry for addresses may open this name. */
    private boolean mayOpenByAddress(Target target) {
        return allowed.stream()
                .anyMatch(entry -> entry instanceof AllowedTarget.Addressed addressed
                        && addressed.port().orElse(target.port()) == target.port());
    }

    private boolean opened(Target target) {
        return allowed.stream().anyMatch(entry -> entry.opens(target));
    }

    private boolean opened(InetAddress address, int port) {
        return allowed.stream().anyMatch(entry -> entry.opens(address, port));
    }

    private static boolean isOurs(InetAddress address) {
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return true; // can't tell: on our own port that is reason enough
        }
    }

    private static String option(Target target) {
        return "start the server with --allow-callback " + target.authority();
    }

    private static TargetRefused refused(Target target, String expected, InetAddress address) {
        String ip = address.getHostAddress();
        String got = target.authority();
        return new TargetRefused(expected, target.host().equals(ip) ? got : got + " at " + ip);
    }
}
