package io.erlust.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erlust.json.Lines;
import io.erlust.process.FreePort;
import io.erlust.queues.BrokerQueue;
import io.erlust.queues.QueueName;
import io.erlust.time.MonotonicClock;
import io.erlust.time.Patience;
import io.erlust.time.WallClock;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.FileInputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Connections with TLS, to a real broker that asks for a certificate. */
final class AmqpTlsTest {
    private static final String PASSWORD = "secret";

    @TempDir
    static Path directory;

    private static Path authority;
    private static Identity broker;
    private static Identity erlust;
    private static int port;

    /** A certificate signed by the tests' authority, and its key, as PEM files. */
    private record Identity(Path certificate, Path key) {
        static Identity make(String name, String alternative) throws Exception {
            keytool(name, "-genkeypair", "-keyalg", "EC", "-dname", "CN=" + name);
            keytool(name, "-certreq", "-file", file(name + ".csr"));
            keytool(
                    "authority",
                    "-gencert",
                    "-rfc",
                    "-ext",
                    "san=" + alternative,
                    "-infile",
                    file(name + ".csr"),
                    "-outfile",
                    file(name + ".pem"));
            KeyStore keys = KeyStore.getInstance("PKCS12");
            try (InputStream in = new FileInputStream(file(name + ".p12"))) {
                keys.load(in, PASSWORD.toCharArray());
            }
            byte[] key = keys.getKey(name, PASSWORD.toCharArray()).getEncoded();
            String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key);
            Path keyFile = Files.writeString(
                    directory.resolve(name + ".key"),
                    "-----BEGIN PRIVATE KEY-----\n" + base64 + "\n-----END PRIVATE KEY-----\n");
            return new Identity(directory.resolve(name + ".pem"), keyFile);
        }
    }

    private static String file(String name) {
        return directory.resolve(name).toString();
    }

    private static void keytool(String name, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-alias", name, "-keystore", file(name + ".p12")));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
        Process keytool = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(keytool.waitFor()).as(String.join(" ", command)).isZero();
    }

    @BeforeAll
    static void listen() throws Exception {
        keytool("authority", "-genkeypair", "-keyalg", "EC", "-dname", "CN=tests", "-ext", "bc:c");
        keytool("authority", "-exportcert", "-rfc", "-file", file("authority.pem"));
        authority = directory.resolve("authority.pem");
        broker = Identity.make("broker", "ip:127.0.0.1");
        erlust = Identity.make("erlust", "dns:erlust");
        port = FreePort.find();
        RabbitServer rabbit = RabbitServer.shared();
        rabbit.evaluate("rabbit_networking:ensure_ssl()");
        rabbit.evaluate("rabbit_networking:start_ssl_listener(" + port + ", ["
                + "{certfile, \"" + broker.certificate + "\"}, {keyfile, \"" + broker.key + "\"},"
                + "{cacertfile, \"" + authority + "\"},"
                + "{verify, verify_peer}, {fail_if_no_peer_cert, true}], 1)");
    }

    private static AmqpBroker connect(String host, Tls tls) {
        URI uri = URI.create("amqps://guest:guest@" + host + ":" + port + "/%2F");
        return AmqpBroker.open(
                new AmqpConfig(uri, QueueType.CLASSIC, tls, AmqpConfig.PUT_TIMEOUT),
                WallClock.system(),
                MonotonicClock.system());
    }

    private static Tls all() {
        return new Tls(
                Optional.of(authority), Optional.of(erlust.certificate), Optional.of(erlust.key));
    }

    @Test
    void with_the_right_certificates_items_are_put() throws Exception {
        try (AmqpBroker connected = connect("127.0.0.1", all())) {
            BrokerQueue queue = connected.open(new QueueName("tls"), new Nobody());
            byte[] item = "1".getBytes(StandardCharsets.UTF_8);
            queue.put(Lines.of(item)).get(Patience.SECONDS, TimeUnit.SECONDS);
            assertThat(queue.count().get(Patience.SECONDS, TimeUnit.SECONDS)).isEqualTo(1);
        }
    }

    @Test
    void a_broker_that_is_signed_by_nobody_we_trust_is_not_believed() {
        Tls system =
                new Tls(Optional.empty(), Optional.of(erlust.certificate), Optional.of(erlust.key));
        assertThat(trouble("127.0.0.1", system)).contains("unable to find valid certification");
    }

    @Test
    void a_broker_with_another_name_is_not_believed() {
        assertThat(trouble("localhost", all())).contains("localhost");
    }

    @Test
    void a_broker_that_asks_for_a_certificate_refuses_without() {
        Tls none = new Tls(Optional.of(authority), Optional.empty(), Optional.empty());
        assertThat(trouble("127.0.0.1", none)).contains("no connection to amqps://127.0.0.1");
    }

    private static String trouble(String host, Tls tls) {
        try (AmqpBroker connected = connect(host, tls)) {
            BrokerQueue queue = connected.open(new QueueName("tls"), new Nobody());
            return Awaitility.await().until(queue::trouble, Optional::isPresent).orElseThrow();
        }
    }

    @Test
    void files_that_can_not_be_used_are_named() {
        Tls swapped = new Tls(
                Optional.of(authority),
                Optional.of(erlust.certificate),
                Optional.of(erlust.certificate));
        assertThatThrownBy(() -> connect("127.0.0.1", swapped))
                .hasMessageContaining("erlust.pem: expected a private key in PEM");
        Tls noAuthority = new Tls(Optional.of(erlust.key), Optional.empty(), Optional.empty());
        assertThatThrownBy(() -> connect("127.0.0.1", noAuthority))
                .hasMessageContaining("erlust.key: expected certificates in PEM");
    }

    private static final class Nobody implements BrokerQueue.Receiver {
        @Override
        public void received(long session, List<BrokerQueue.Message> messages) {}

        @Override
        public void lost(long session, int onTheirWay) {}
    }
}
