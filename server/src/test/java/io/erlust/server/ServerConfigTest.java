package io.erlust.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erlust.amqp.AmqpConfig;
import io.erlust.amqp.QueueType;
import io.erlust.amqp.Tls;
import io.erlust.api.http.ApiConfig;
import io.erlust.callbacks.AllowedTarget;
import io.erlust.config.InvalidConfig;
import io.erlust.retention.RetentionConfig;
import io.erlust.store.DatabaseConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The three tests of a configuration: its defaults, every key in its place, and what is refused.
 */
final class ServerConfigTest {
    private static final Path DATA = Path.of("/data");

    @Test
    void defaults() {
        assertThat(ServerConfig.of(DATA, Map.of()))
                .isEqualTo(new ServerConfig(
                        DATA,
                        DatabaseConfig.embedded(DATA),
                        Optional.empty(),
                        ApiConfig.loopback(4370),
                        new NodesConfig(64, "auto", 4),
                        List.of(),
                        new RetentionConfig(Duration.ofDays(30), 1000, 20L << 30, 2L << 30),
                        Duration.ofSeconds(10)));
    }

    @Test
    void every_key_is_in_its_place() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("bind", "0.0.0.0");
        settings.put("port", "8080");
        settings.put("insecure-http", "true");
        settings.put("host", "app.example,b.example:1");
        settings.put("data", "/elsewhere");
        settings.put("database", "jdbc:postgresql://db/erlust");
        settings.put("amqp", "amqps://erlust:pw@mq/work");
        settings.put("amqp-queue-type", "classic");
        settings.put("amqp-authority", "/ca.pem");
        settings.put("amqp-certificate", "/cert.pem");
        settings.put("amqp-key", "/key.pem");
        settings.put("allow-callback", "127.0.0.1:3000");
        settings.put("nodes-max", "8");
        settings.put("sandbox", "process");
        settings.put("spares", "0");
        settings.put("drain", "1m");
        settings.put("retention.finished", "7d");
        settings.put("retention.runs-max", "5");
        settings.put("retention.store-max", "1GiB");
        settings.put("retention.logs-max", "64MiB");
        assertThat(settings).as("all there are").hasSameSizeAs(ServerSettings.ALL.all());
        Path elsewhere = Path.of("/elsewhere");
        assertThat(ServerConfig.of(DATA, settings))
                .isEqualTo(new ServerConfig(
                        elsewhere,
                        new DatabaseConfig(
                                elsewhere, Optional.of("jdbc:postgresql://db/erlust"), 4),
                        Optional.of(new AmqpConfig(
                                URI.create("amqps://erlust:pw@mq/work"),
                                QueueType.CLASSIC,
                                new Tls(
                                        Optional.of(Path.of("/ca.pem")),
                                        Optional.of(Path.of("/cert.pem")),
                                        Optional.of(Path.of("/key.pem"))),
                                Duration.ofMinutes(5))),
                        ApiConfig.loopback(8080)
                                .at("0.0.0.0", true, List.of("app.example", "b.example:1")),
                        new NodesConfig(8, "process", 0),
                        List.of(AllowedTarget.parse("127.0.0.1:3000")),
                        new RetentionConfig(Duration.ofDays(7), 5, 1L << 30, 64L << 20),
                        Duration.ofMinutes(1)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            port                | 65536   | an integer from 0 to 65535
            insecure-http       | yes     | true or false
            host                | a b:c   | LIST a name like app.example or app.example:4370
            allow-callback      | x:0     | LIST HOST:PORT, HOST or a network like 10.1.0.0/16
            amqp-queue-type     | stream  | one of auto, quorum, classic
            nodes-max           | 0       | an integer from 1 to 10000
            sandbox             | docker  | one of auto, bubblewrap, process, none
            spares              | 1001    | an integer from 0 to 1000
            drain               | 2h      | DURATION 0s to 1h
            retention.finished  | 59s     | DURATION 1m to 36500d
            retention.runs-max  | 0       | an integer from 1 to 1000000
            retention.store-max | 1000KiB | a size like 512MiB or 2GiB, from 1MiB to 1024TiB
            retention.logs-max  | 2 gigs  | a size like 512MiB or 2GiB, from 1MiB to 1024TiB
            """)
    void refusals(String key, String value, String expected) {
        String said = expected.replace("LIST", "a list, each")
                .replace("DURATION", "a duration like 90s, 12h, 30d or PT5M, from");
        assertThatThrownBy(() -> ServerConfig.of(DATA, Map.of(key, value)))
                .isInstanceOf(InvalidConfig.class)
                .hasMessage("settings: " + key + ": expected " + said + ", got \"" + value + '"');
    }

    @Test
    void a_refused_url_is_not_shown() {
        assertThatThrownBy(() -> ServerConfig.of(DATA, Map.of("database", "mysql://a:hush@db/x")))
                .hasMessage("settings: database: expected a URL like"
                        + " jdbc:postgresql://HOST/NAME?user=…&password=…, got another text (not"
                        + " shown: it may hold a password)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://db/x?user=u&password=a%S3CRET",
                "jdbc:postgresql://u:S3CRET@db:abc/x",
                "jdbc:postgresql://db:S3CRET/x"
            })
    void a_database_url_that_the_driver_cannot_read_is_refused_and_not_shown(String url) {
        assertThatThrownBy(() -> ServerConfig.of(DATA, Map.of("database", url)))
                .isInstanceOf(InvalidConfig.class)
                .hasMessageContaining("expected a URL like jdbc:postgresql://HOST/NAME")
                .hasMessageNotContaining("S3CRET");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mq",
                "http://u:S3CRET@mq/work",
                "amqp://u:S3@CRET@mq/work",
                "amqp://u:S3CRET@mq:65536/work",
                "amqp://u:S3CRET@mq/",
                "amqp://u:S3CRET@mq//",
                "amqp://u:S3CRET@mq/a/b",
                "amqp://u:S3CRET@mq/work?heartbeat=3",
                "amqp://u:S3CRET@mq/work#x"
            })
    void a_broker_url_that_would_mean_something_else_is_refused_and_not_shown(String url) {
        assertThatThrownBy(() -> ServerConfig.of(DATA, Map.of("amqp", url)))
                .isInstanceOf(InvalidConfig.class)
                .hasMessageContaining("expected a URL like amqp://USER:PASSWORD@HOST:5672/VHOST")
                .hasMessageContaining("%2F for /")
                .hasMessageNotContaining("CRET");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "amqp://mq",
                "amqp://mq:5672",
                "amqp://u:p%40%2F@mq:65535/%2F",
                "amqps://u@[::1]/a"
            })
    void a_broker_url_is_taken(String url) {
        assertThat(ServerConfig.of(DATA, Map.of("amqp", url)).amqp().map(AmqpConfig::uri))
                .contains(URI.create(url));
    }

    @Test
    void certificates_without_encryption_are_refused() {
        Map<String, String> settings = Map.of("amqp", "amqp://mq", "amqp-authority", "/ca.pem");
        assertThatThrownBy(() -> ServerConfig.of(DATA, settings))
                .isInstanceOf(InvalidConfig.class)
                .hasMessage("amqp-authority, amqp-certificate and amqp-key: expected amqp to begin"
                        + " with amqps://, as nothing is encrypted else");
    }

    @Test
    void values_that_do_not_fit_each_other_are_refused() {
        assertThatThrownBy(() -> ServerConfig.of(DATA, Map.of("bind", "0.0.0.0")))
                .isInstanceOf(InvalidConfig.class)
                .hasMessage("bind: 0.0.0.0 is not loopback, and without TLS everybody on the way"
                        + " could read the token; put a TLS proxy in front, or insist with"
                        + " insecure-http (--insecure-http)");
    }

    @Test
    void the_records_hold_their_own_limits() {
        assertThatThrownBy(() -> new NodesConfig(0, "auto", 4))
                .hasMessage("nodes-max: expected 1 to 10000, got 0");
        assertThatThrownBy(() -> new NodesConfig(1, "auto", -1))
                .hasMessage("spares: expected 0 to 1000, got -1");
        assertThatThrownBy(() -> new NodesConfig(1, "docker", 4))
                .hasMessage(
                        "sandbox: expected one of [auto, bubblewrap, process, none], got docker");
    }
}
