package io.erlust.server;

import io.erlust.amqp.QueueType;
import io.erlust.api.http.ApiConfig;
import io.erlust.callbacks.AllowedTarget;
import io.erlust.config.ConfigFile;
import io.erlust.config.Kind;
import io.erlust.config.Setting;
import io.erlust.config.Settings;
import io.erlust.nodes.sandbox.Isolation;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Every setting of a server, in the order of the documentation, which is printed from this. */
public final class ServerSettings {
    private static final int PORT_MAX = 65_535;

    /** None, which is the virtual host "/", or one; "/" alone would be one without a name. */
    private static final Pattern AMQP_PATH = Pattern.compile("|/[^/]+");

    static final Setting<String> BIND = Setting.of(
                    "bind",
                    Kind.text("an IP address or localhost", ServerSettings::notBlank),
                    "127.0.0.1",
                    "The address it listens on; other than loopback needs insecure-http.")
            .withFlag("ADDRESS");

    static final Setting<Integer> PORT = Setting.of(
                    "port",
                    Kind.integer(0, PORT_MAX),
                    String.valueOf(ApiConfig.PORT),
                    "The port it listens on; 0: any free one.")
            .withFlag("PORT");

    static final Setting<Boolean> INSECURE_HTTP = Setting.of(
                    "insecure-http",
                    Kind.bool(),
                    "false",
                    "Allow other addresses than loopback without TLS: whoever can read the network"
                            + " can read the token.")
            .withFlag("");

    static final Setting<List<String>> HOST = Setting.of(
                    "host",
                    Kind.list("a name like app.example or app.example:4370", ApiConfig::host),
                    "",
                    "Further names clients may call it by, as behind a proxy.")
            .withFlag("NAME");

    static final Setting<Path> DATA = Setting.unset(
                    "data",
                    Kind.path(),
                    "`$XDG_DATA_HOME/erlust`, else `~/.local/share/erlust`",
                    "The data directory. A file sets it only when it is named by --config or "
                            + ConfigFile.VARIABLE + ".")
            .withFlag("DIR")
            .onlyInNamedFile();

    static final Setting<String> DATABASE = Setting.unset(
                    "database",
                    Kind.text(
                            "a URL like jdbc:postgresql://HOST/NAME?user=…&password=…",
                            ServerSettings::postgres),
                    "SQLite in the data directory",
                    "The PostgreSQL database to keep everything in.")
            .withFlag("URL")
            .hidden();

    static final Setting<URI> AMQP = Setting.unset(
                    "amqp",
                    Kind.text(
                            "a URL like amqp://USER:PASSWORD@HOST:5672/VHOST, or amqps://…, with"
                                    + " %2F for / and %40 for @ in its parts",
                            ServerSettings::amqp),
                    "no broker",
                    "The RabbitMQ to share queues with other programs through.")
            .withFlag("URL")
            .hidden();

    static final Setting<String> AMQP_QUEUE_TYPE = Setting.of(
            "amqp-queue-type",
            Kind.word(QueueType.WORDS),
            "auto",
            "The kind of queue that is made there: quorum, classic, or auto: quorum where the"
                    + " broker has it.");

    static final Setting<Path> AMQP_AUTHORITY = Setting.unset(
            "amqp-authority",
            Kind.path(),
            "the system's authorities",
            "With amqps: who may have signed the broker's certificate; a PEM file.");

    static final Setting<Path> AMQP_CERTIFICATE = Setting.unset(
            "amqp-certificate",
            Kind.path(),
            "none",
            "With amqps: this server's certificate, where the broker asks for one; a PEM file.");

    static final Setting<Path> AMQP_KEY = Setting.unset(
            "amqp-key",
            Kind.path(),
            "none",
            "The private key of amqp-certificate; a PEM file, PKCS #8, not encrypted.");

    static final Setting<List<AllowedTarget>> ALLOW_CALLBACK = Setting.of(
                    "allow-callback",
                    Kind.list(
                            "HOST:PORT, HOST or a network like 10.1.0.0/16", AllowedTarget::parse),
                    "",
                    "Callbacks may go there though it is a private address.")
            .withFlag("HOST:PORT");

    static final Setting<Integer> NODES_MAX = Setting.of(
                    "nodes-max",
                    Kind.integer(1, NodesConfig.MAX_MAX),
                    "64",
                    "At most so many nodes at once; jobs wait for free ones.")
            .withFlag("N");

    static final Setting<String> SANDBOX = Setting.of(
                    "sandbox",
                    Kind.word(Isolation.LEVELS),
                    "auto",
                    "How nodes are kept from this machine: bubblewrap; process (their own user and"
                            + " limits only); none (all rights of this server's user); auto:"
                            + " bubblewrap where it works, else process.")
            .withFlag("LEVEL");

    static final Setting<Integer> SPARES = Setting.of(
                    "spares",
                    Kind.integer(0, NodesConfig.SPARES_MAX),
                    "4",
                    "So many processes of each language are kept ready for the nodes to come, some"
                            + " 10 MB each; 0: none.")
            .withFlag("N");

    static final Setting<Duration> DRAIN = Setting.of(
            "drain",
            Kind.duration("0s", "1h"),
            "10s",
            "When the server stops, its nodes may finish the item in hand for so long.");

    static final Setting<Duration> RETENTION_FINISHED = Setting.of(
            "retention.finished",
            Kind.duration("1m", "36500d"),
            "30d",
            "How long a finished run is kept, with its results, callbacks and log.");

    static final Setting<Integer> RETENTION_RUNS_MAX = Setting.of(
            "retention.runs-max",
            Kind.integer(1, 1_000_000),
            "1000",
            "Finished runs kept of one job.");

    static final Setting<Long> RETENTION_STORE_MAX = Setting.of(
            "retention.store-max",
            Kind.size("1MiB", "1024TiB"),
            "20GiB",
            "The size of the store; above it the oldest finished runs go first.");

    static final Setting<Long> RETENTION_LOGS_MAX = Setting.of(
            "retention.logs-max",
            Kind.size("1MiB", "1024TiB"),
            "2GiB",
            "The size of all node logs together; above it the oldest go first.");

    /** Read elsewhere: by the launcher, the log, the commands, the nodes, and the repository. */
    private static final Set<String> OTHER_VARIABLES = Set.of(
            ConfigFile.VARIABLE,
            "ERLUST_JAVA_OPTS",
            "ERLUST_LOG",
            "ERLUST_URL",
            "ERLUST_TOKEN",
            "ERLUST_SECRET",
            "ERLUST_SOCKET",
            "ERLUST_HAND",
            "ERLUST_SERVER");

    public static final Settings ALL = new Settings(
            List.of(
                    BIND,
                    PORT,
                    INSECURE_HTTP,
                    HOST,
                    DATA,
                    DATABASE,
                    AMQP,
                    AMQP_QUEUE_TYPE,
                    AMQP_AUTHORITY,
                    AMQP_CERTIFICATE,
                    AMQP_KEY,
                    ALLOW_CALLBACK,
                    NODES_MAX,
                    SANDBOX,
                    SPARES,
                    DRAIN,
                    RETENTION_FINISHED,
                    RETENTION_RUNS_MAX,
                    RETENTION_STORE_MAX,
                    RETENTION_LOGS_MAX),
            OTHER_VARIABLES);

    private ServerSettings() {}

    private static String notBlank(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("blank");
        }
        return text;
    }

    private static URI amqp(String url) {
        URI uri = URI.create(url);
        if (!("amqp".equals(uri.getScheme()) || "amqps".equals(uri.getScheme()))
                || uri.getHost() == null
                || uri.getPort() > PORT_MAX
                || !AMQP_PATH.matcher(uri.getRawPath()).matches()
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("not of AMQP");
        }
        return uri;
    }

    private static String postgres(String url) {
        if (!url.startsWith("jdbc:postgresql:")) {
            throw new IllegalArgumentException("not of PostgreSQL");
        }
        return url;
    }
}
