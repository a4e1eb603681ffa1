package io.erlust.callbacks;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;

import io.erlust.time.MonotonicClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

class CallbackSenderTest {
    private static final byte[] BODY = "{}".getBytes(StandardCharsets.UTF_8);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private CallbackSender sender(String allowed, NameResolver resolver) {
        return sender(allowed, resolver, Duration.ofSeconds(10));
    }

    private CallbackSender sender(String allowed, NameResolver resolver, Duration timeout) {
        TargetGuard guard =
                new TargetGuard(List.of(AllowedTarget.parse(allowed)), () -> 0, resolver);
        CallbackConfig config = CallbackFixture.config(Duration.ZERO, 100, 65536, timeout, 64);
        CallbackSender sender = new CallbackSender(
                id -> Optional.empty(), config, guard, new TestTime(), MonotonicClock.system());
        open.add(sender::stop);
        return sender;
    }

    private Receiver receiver() throws IOException {
        Receiver app = new Receiver();
        open.addLast(app);
        return app;
    }

    private static Outcome send(CallbackSender sender, String url) throws InterruptedException {
        return sender.send(URI.create(url), "secret", "msg_1", BODY);
    }

    private static String error(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Failed.class);
        return ((Outcome.Failed) outcome).error();
    }

    private static InetAddress address(String literal) {
        return InetAddress.ofLiteral(literal);
    }

    /** Says this to whoever connects and has sent a request, then resets the connection. */
    private int raw(String answer) throws IOException {
        ServerSocket server = new ServerSocket(0, 5, address("127.0.0.1"));
        open.add(server);
        Thread.ofVirtual().start(() -> {
            try (Socket socket = server.accept()) {
                InputStream in = socket.getInputStream();
                assertThat(in.read(new byte[8192])).isPositive();
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
                socket.getOutputStream().flush();
                socket.setSoLinger(true, 0);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        return server.getLocalPort();
    }

    @Test
    void a_name_is_resolved_once_and_the_checked_address_is_the_one_connected_to()
            throws Exception {
        Receiver app = receiver();
        Deque<String> answers = new ArrayDeque<>(List.of("127.0.0.1", "169.254.169.254"));
        CallbackSender sender =
                sender("app.internal", host -> List.of(address(answers.removeFirst())));
        assertThat(send(sender, "http://app.internal:" + app.port() + "/x"))
                .isEqualTo(new Outcome.Delivered(200));
        assertThat(answers).hasSize(1);
        assertThat(app.next().header("host")).isEqualTo("app.internal:" + app.port());
    }

    @Test
    void each_attempt_is_checked_again_though_a_connection_is_still_open() throws Exception {
        Receiver app = receiver();
        Deque<String> answers = new ArrayDeque<>(List.of("127.0.0.1", "127.0.0.1", "127.0.0.9"));
        CallbackSender sender =
                sender("127.0.0.1", host -> List.of(address(answers.removeFirst())));
        String url = "http://app.internal:" + app.port() + "/x";
        assertThat(send(sender, url)).isEqualTo(new Outcome.Delivered(200));
        assertThat(send(sender, url)).isEqualTo(new Outcome.Delivered(200));
        assertThat(error(send(sender, url))).contains("refused", "at 127.0.0.9");
    }

    @Test
    void another_address_of_a_name_is_tried_when_the_first_refuses() throws Exception {
        Receiver app = receiver();
        CallbackSender sender =
                sender("app.internal", host -> List.of(address("127.0.0.9"), address("127.0.0.1")));
        assertThat(send(sender, "http://app.internal:" + app.port() + "/x"))
                .isEqualTo(new Outcome.Delivered(200));
    }

    @Test
    void a_port_where_nobody_listens_is_said_so() throws Exception {
        Receiver app = receiver();
        app.close();
        CallbackSender sender = sender("127.0.0.1", NameResolver.system());
        Outcome outcome = send(sender, app.url());
        assertThat(error(outcome)).startsWith("no connection: ");
        assertThat(((Outcome.Failed) outcome).hostFault()).isTrue();
    }

    @Test
    void a_name_that_does_not_exist_is_said_so() throws Exception {
        CallbackSender sender = sender("127.0.0.1", host -> {
            throw new UnknownHostException(host);
        });
        assertThat(error(send(sender, "https://nowhere.example/")))
                .isEqualTo("the host name nowhere.example was not found");
    }

    @Test
    void a_name_server_that_hangs_does_not_hold_an_attempt_past_its_deadline() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        CallbackSender sender = sender(
                "127.0.0.1",
                host -> {
                    try {
                        answer.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    throw new UnknownHostException(host);
                },
                Duration.ofMillis(200));
        assertThat(error(send(sender, "https://slow.example/")))
                .isEqualTo("no complete answer within 200 ms");
        answer.countDown();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200 OK\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc",
                "SSH-2.0-x\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"
            })
    void an_answer_that_breaks_off_or_is_none_is_a_failure_of_the_host(String answer)
            throws Exception {
        CallbackSender sender = sender("127.0.0.1", NameResolver.system());
        Outcome outcome = send(sender, "http://127.0.0.1:" + raw(answer) + "/");
        assertThat(error(outcome)).startsWith("no complete answer: ");
        assertThat(((Outcome.Failed) outcome).hostFault()).isTrue();
    }

    @Test
    void an_answer_with_endless_headers_is_a_failure() throws Exception {
        CallbackSender sender = sender("127.0.0.1", NameResolver.system());
        String answer =
                "HTTP/1.1 200 OK\r\n" + ("X-A: " + "a".repeat(1000) + "\r\n").repeat(40) + "\r\n";
        assertThat(error(send(sender, "http://127.0.0.1:" + raw(answer) + "/"))).isNotEmpty();
    }

    @Test
    void a_certificate_nobody_vouches_for_is_refused(@TempDir Path directory) throws Exception {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(address("127.0.0.1"), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(selfSigned(directory)));
        server.start();
        open.add(() -> server.stop(0));
        CallbackSender sender = sender("127.0.0.1", NameResolver.system());
        String url = "https://127.0.0.1:" + server.getAddress().getPort() + "/";
        assertThat(error(send(sender, url))).startsWith("TLS: ");
    }

    private static SSLContext selfSigned(Path directory) throws Exception {
        Path file = directory.resolve("keys.p12");
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        Process process = new ProcessBuilder(
                        keytool,
                        "-genkeypair",
                        "-alias",
                        "a",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=127.0.0.1",
                        "-ext",
                        "SAN=ip:127.0.0.1",
                        "-storepass",
                        "changeit",
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        assertThat(process.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        char[] password = "changeit".toCharArray();
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, password);
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
        factory.init(keys, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }

    @Test
    void a_job_whose_secret_is_no_key_is_not_called() throws Exception {
        CallbackSender sender = sender("127.0.0.1", NameResolver.system());
        Outcome outcome = sender.send(URI.create("https://a.example/"), "whsec_!", "msg_1", BODY);
        assertThat(error(outcome)).startsWith("/security_hash: expected base64");
    }
}
