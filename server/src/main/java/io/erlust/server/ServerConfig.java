package io.erlust.server;

import io.erlust.amqp.AmqpConfig;
import io.erlust.amqp.QueueType;
import io.erlust.amqp.Tls;
import io.erlust.api.http.ApiConfig;
import io.erlust.callbacks.AllowedTarget;
import io.erlust.config.ConfigReader;
import io.erlust.config.Given;
import io.erlust.config.InvalidConfig;
import io.erlust.config.Values;
import io.erlust.retention.RetentionConfig;
import io.erlust.store.DatabaseConfig;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a server is started with: a record for each part. {@link ServerSettings} has the keys.
 *
 * @param data the data directory; made when missing
 * @param amqp the broker to share queues through, if there is one
 * @param allowedCallbacks private targets that callbacks may go to
 * @param drain how long nodes may take to finish the item in hand when the server stops
 */
public record ServerConfig(
        Path data,
        DatabaseConfig database,
        Optional<AmqpConfig> amqp,
        ApiConfig api,
        NodesConfig nodes,
        List<AllowedTarget> allowedCallbacks,
        RetentionConfig retention,
        Duration drain) {
    private static final int READERS = 4;

    public ServerConfig {
        allowedCallbacks = List.copyOf(allowedCallbacks);
        if (drain.isNegative()) {
            throw new IllegalArgumentException("drain: expected 0s or more, got " + drain);
        }
    }

    /**
     * The configuration that was read.
     *
     * @param data the data directory unless it is set
     * @throws InvalidConfig when values don't fit each other
     */
    public static ServerConfig of(Values values, Path data) {
        Path directory = values.find(ServerSettings.DATA).orElse(data).toAbsolutePath();
        try {
            return new ServerConfig(
                    directory,
                    new DatabaseConfig(directory, values.find(ServerSettings.DATABASE), READERS),
                    amqp(values),
                    ApiConfig.loopback(values.get(ServerSettings.PORT))
                            .at(
                                    values.get(ServerSettings.BIND),
                                    values.get(ServerSettings.INSECURE_HTTP),
                                    values.get(ServerSettings.HOST)),
                    new NodesConfig(
                            values.get(ServerSettings.NODES_MAX),
                            values.get(ServerSettings.SANDBOX),
                            values.get(ServerSettings.SPARES)),
                    values.get(ServerSettings.ALLOW_CALLBACK),
                    new RetentionConfig(
                            values.get(ServerSettings.RETENTION_FINISHED),
                            values.get(ServerSettings.RETENTION_RUNS_MAX),
                            values.get(ServerSettings.RETENTION_STORE_MAX),
                            values.get(ServerSettings.RETENTION_LOGS_MAX)),
                    values.get(ServerSettings.DRAIN));
        } catch (InvalidConfig e) {
            throw e;
        } catch (IllegalArgumentException e) { // a record's own check of several values together
            throw new InvalidConfig(List.of(e.getMessage()));
        }
    }

    /**
     * Reads the files that it names and that are else read when the server starts.
     *
     * @throws IllegalArgumentException when one can't be used, naming it
     */
    public void check() {
        amqp.ifPresent(AmqpConfig::check);
    }

    private static Optional<AmqpConfig> amqp(Values values) {
        QueueType type = QueueType.of(values.get(ServerSettings.AMQP_QUEUE_TYPE));
        Tls tls = new Tls(
                values.find(ServerSettings.AMQP_AUTHORITY),
                values.find(ServerSettings.AMQP_CERTIFICATE),
                values.find(ServerSettings.AMQP_KEY));
        return values.find(ServerSettings.AMQP)
                .map(uri -> new AmqpConfig(uri, type, tls, AmqpConfig.PUT_TIMEOUT));
    }

    /**
     * Everything at its default but these, by key; a file and the environment are not asked.
     *
     * @throws InvalidConfig naming each key that is wrong
     */
    public static ServerConfig of(Path data, Map<String, String> settings) {
        List<Given> given = settings.entrySet().stream()
                .map(each -> Given.text(each.getKey(), each.getValue(), "settings"))
                .toList();
        return of(
                ConfigReader.read(ServerSettings.ALL, Optional.empty(), Map.of(), given)
                        .orThrow(),
                data);
    }
}
