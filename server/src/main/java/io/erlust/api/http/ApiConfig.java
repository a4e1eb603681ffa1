package io.erlust.api.http;

import org.eclipse.jetty.util.HostPort;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;

/**
 * Where and within which bounds the API answers.
 *
 * @param address what to listen on: an IP address, or {@code localhost}
 * @param port 0 picks a free one
 * @param hosts further names clients may use in {@code Host}, with or without a port; the loopback
 *     names and the address a connection arrived at are always allowed
 * @param insecureHttp allows an address that is not loopback although there is no TLS
 * @param headerBytesMax of a request, all header fields and the request line together
 * @param bodyBytesMax of a JSON body; a stream of items has no bound
 * @param idle a connection on which nothing moves for so long is closed
 * @param heartbeat an event stream says so often that it is alive; less than {@code idle}
 * @param bodyGrace a body may take so long whatever its size, and longer only at 1 KiB/s or faster
 * @param connectionsMax further ones wait to be accepted
 * @param streamsMax requests that wait or follow (event streams, logs, long polls) at one time
 */
public record ApiConfig(
        String address,
        int port,
        List<String> hosts,
        boolean insecureHttp,
        int headerBytesMax,
        int bodyBytesMax,
        Duration idle,
        Duration heartbeat,
        Duration bodyGrace,
        int connectionsMax,
        int streamsMax) {
    public static final int PORT = 4370;

    public ApiConfig {
        hosts = List.copyOf(hosts);
        require(port >= 0 && port <= 65535, "port", "0 to 65535", port);
        require(headerBytesMax >= 1024, "headerBytesMax", "at least 1024", headerBytesMax);
        require(bodyBytesMax >= 1024, "bodyBytesMax", "at least 1024", bodyBytesMax);
        require(heartbeat.compareTo(idle) < 0, "heartbeat", "less than idle " + idle, heartbeat);
        require(
                connectionsMax > streamsMax,
                "connectionsMax",
                "more than streamsMax",
                connectionsMax);
        hosts.forEach(ApiConfig::host);
        checkAddress(address, insecureHttp);
    }

    /** On the loopback interface, with the usual bounds. */
    public static ApiConfig loopback(int port) {
        return new ApiConfig(
                "127.0.0.1",
                port,
                List.of(),
                false,
                16 << 10,
                16 << 20,
                Duration.ofSeconds(30),
                Duration.ofSeconds(15),
                Duration.ofSeconds(30),
                20_000,
                10_000);
    }

    /** The same bounds on another address. */
    public ApiConfig at(String newAddress, boolean insecure, List<String> newHosts) {
        return new ApiConfig(
                newAddress,
                port,
                newHosts,
                insecure,
                headerBytesMax,
                bodyBytesMax,
                idle,
                heartbeat,
                bodyGrace,
                connectionsMax,
                streamsMax);
    }

    private static void checkAddress(String address, boolean insecureHttp) {
        boolean loopback;
        try {
            loopback = InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    "bind: expected an IP address or localhost, got \"" + address + '"', e);
        }
        if (!loopback && !insecureHttp) {
            throw new IllegalArgumentException(
                    "bind: " + address + " is not loopback, and without TLS everybody on the way"
                            + " could read the token; put a TLS proxy in front, or insist with"
                            + " insecure-http (--insecure-http)");
        }
    }

    /**
     * A name that {@code Host} may have, if it is one.
     *
     * @throws IllegalArgumentException saying what was expected
     */
    public static String host(String host) {
        try {
            var _ = new HostPort(host);
            return host;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "host: expected names like app.example or app.example:4370, got \"" + host
                            + '"',
                    e);
        }
    }

    private static void require(boolean holds, String key, String expected, Object got) {
        if (!holds) {
            throw new IllegalArgumentException(key + ": expected " + expected + ", got " + got);
        }
    }
}
