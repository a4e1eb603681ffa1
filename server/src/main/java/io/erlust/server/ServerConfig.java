package io.erlust.server;

import io.erlust.nodes.sandbox.Isolations;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a server is started with.
 *
 * @param bind the address it listens on; only loopback unless {@code insecureHttp}
 * @param port 0 picks a free one
 * @param data the data directory; made when missing
 * @param database a {@code jdbc:postgresql://…} URL; SQLite in the data directory without
 * @param allowCallbacks private targets that callbacks may go to: {@code HOST:PORT}, {@code HOST},
 *     a network
 * @param nodesMax how many nodes run at once
 * @param sandbox how nodes are isolated, one of {@link Isolations#LEVELS}
 * @param spares how many processes of each language are kept ready for jobs to come
 * @param hosts further names clients may use in {@code Host}, as behind a proxy
 */
public record ServerConfig(
        String bind,
        int port,
        Path data,
        Optional<String> database,
        List<String> allowCallbacks,
        int nodesMax,
        String sandbox,
        int spares,
        boolean insecureHttp,
        List<String> hosts) {
    public ServerConfig {
        allowCallbacks = List.copyOf(allowCallbacks);
        hosts = List.copyOf(hosts);
        if (nodesMax < 1 || nodesMax > 10_000) {
            throw new IllegalArgumentException("nodes-max: expected 1 to 10000, got " + nodesMax);
        }
        if (spares < 0 || spares > 1000) {
            throw new IllegalArgumentException("spares: expected 0 to 1000, got " + spares);
        }
        if (!Isolations.LEVELS.contains(sandbox)) {
            throw new IllegalArgumentException(
                    "sandbox: expected one of " + Isolations.LEVELS + ", got " + sandbox);
        }
    }
}
