package io.erlust.callbacks;

import io.erlust.time.MonotonicClock;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleSupplier;

/**
 * How many attempts each host may have in flight: none while it is paused, one until it has
 * answered, then the configured number. Hosts that have not answered yet share half of all slots,
 * so the others always have the rest.
 */
final class HostGate {
    /**
     * More known hosts than this, and idle ones are forgotten (they start with one attempt again).
     */
    private static final int HOSTS_MAX = 10_000;

    private static final Duration PAUSE_MAX = Duration.ofMinutes(1);
    private static final Duration ASKED_MAX = Duration.ofMinutes(10);

    /** Failures in a row before a host that does not answer is paused. */
    private static final int FAILURES_FREE = 2;

    /** An answer proves nothing about a host that has been idle for longer. */
    private static final Duration PROOF_LIFE = Duration.ofMinutes(10);

    private static final class Host {
        private int inFlight;
        private int failures;
        private boolean proven;
        private long answeredAt;
        private boolean paused;
        private long pausedUntil;
    }

    private final CallbackConfig config;
    private final MonotonicClock clock;
    private final DoubleSupplier random;

    /** Guarded by this, and all that is in it. */
    private final Map<String, Host> hosts = new HashMap<>();

    private int inFlight;
    private int unprovenInFlight;

    HostGate(CallbackConfig config, MonotonicClock clock, DoubleSupplier random) {
        this.config = config;
        this.clock = clock;
        this.random = random;
    }

    /** How many more attempts to a host may begin now. */
    synchronized int room(String name) {
        int total = config.inFlightMax() - inFlight;
        Host host = hosts.get(name);
        boolean proven = host != null && isProven(host);
        if (!proven) {
            total = Math.min(total, Math.max(1, config.inFlightMax() / 2) - unprovenInFlight);
        }
        if (host == null) {
            return Math.clamp(total, 0, 1);
        }
        if (isPaused(host)) {
            return 0;
        }
        int most = proven ? config.inFlightPerHostMax() : 1;
        return Math.max(0, Math.min(total, most - host.inFlight));
    }

    synchronized void enter(String name) {
        Host host = hosts.computeIfAbsent(name, ignored -> new Host());
        host.inFlight++;
        inFlight++;
        if (!host.proven) {
            unprovenInFlight++;
        }
    }

    synchronized void leave(String name) {
        Host host = known(name);
        inFlight--;
        host.inFlight--;
        if (!host.proven) {
            unprovenInFlight--;
        }
        if (hosts.size() > HOSTS_MAX) {
            hosts.values().removeIf(each -> each.inFlight == 0 && !isPaused(each));
        }
    }

    /**
     * An answer, whatever it says, but for those that ask for less. True: it is the first, and the
     * host may have more attempts from now on.
     */
    synchronized boolean answered(String name) {
        Host host = known(name);
        host.failures = 0;
        host.answeredAt = clock.nanos();
        if (host.proven) {
            return false;
        }
        unprovenInFlight -= host.inFlight;
        host.proven = true;
        return true;
    }

    /** No answer, or one that asks for less (and perhaps says for how long). */
    synchronized void failed(String name, boolean throttled, Duration asked) {
        Host host = known(name);
        host.failures++;
        if (host.proven) {
            unprovenInFlight += host.inFlight;
            host.proven = false;
        }
        if (!throttled && host.failures <= FAILURES_FREE) {
            return;
        }
        long usual = Math.min(PAUSE_MAX.toMillis(), 1000L << Math.min(host.failures - 1, 6));
        long pause = (long) (usual * (0.5 + random.getAsDouble() / 2));
        pause = Math.max(pause, Math.min(asked.toMillis(), ASKED_MAX.toMillis()));
        pause(host, Duration.ofMillis(pause));
    }

    /** Leaves a host alone for our own reasons. */
    synchronized void pause(String name, Duration pause) {
        pause(hosts.computeIfAbsent(name, ignored -> new Host()), pause);
    }

    private void pause(Host host, Duration pause) {
        host.paused = true;
        host.pausedUntil = clock.nanos() + pause.toNanos();
    }

    /** Somebody says the host is well again. */
    synchronized void forgive(String name) {
        Host host = hosts.get(name);
        if (host != null) {
            host.paused = false;
        }
    }

    /** How long a host is still left alone; zero: it is not. */
    synchronized Duration pauseLeft(String name) {
        Host host = hosts.get(name);
        return host != null && isPaused(host)
                ? Duration.ofNanos(host.pausedUntil - clock.nanos())
                : Duration.ZERO;
    }

    private boolean isProven(Host host) {
        if (host.inFlight == 0 && clock.nanos() - host.answeredAt > PROOF_LIFE.toNanos()) {
            host.proven = false;
        }
        return host.proven;
    }

    private boolean isPaused(Host host) {
        if (host.paused && clock.nanos() - host.pausedUntil >= 0) {
            host.paused = false;
        }
        return host.paused;
    }

    private Host known(String name) {
        Host host = hosts.get(name);
        if (host == null) {
            throw new IllegalStateException(name + " has no attempt in flight");
        }
        return host;
    }

    synchronized int inFlight(String name) {
        Host host = hosts.get(name);
        return host == null ? 0 : host.inFlight;
    }

    synchronized int inFlight() {
        return inFlight;
    }
}
