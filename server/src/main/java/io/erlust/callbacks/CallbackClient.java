package io.erlust.callbacks;

import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.DuplexConnectionPool;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.ProxyAuthenticationProtocolHandler;
import org.eclipse.jetty.client.RedirectProtocolHandler;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.WWWAuthenticationProtocolHandler;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The HTTP client of callbacks: no proxy, no cookies, no redirects, no decompression, no
 * credentials. It resolves nothing: each request brings the addresses that were checked for it, and
 * shares connections only with requests that brought the same. Started by the first request.
 */
final class CallbackClient {
    private static final Logger log = LoggerFactory.getLogger(CallbackClient.class);

    /**
     * Shorter than what common servers keep a connection open, so that none is used as they close
     * it.
     */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(4);

    private static final Duration CONNECTION_LIFE = Duration.ofSeconds(30);
    private static final int HEADER_BYTES_MAX = 16 << 10;

    /** What a request brings. */
    private record Checked(List<InetSocketAddress> addresses) {}

    private final CallbackConfig config;

    /** Guarded by this. */
    private @Nullable HttpClient started;

    private boolean stopped;

    CallbackClient(CallbackConfig config) {
        this.config = config;
    }

    Request request(Target target, List<InetSocketAddress> addresses) {
        return client().newRequest(target.uri())
                .tag(new Checked(addresses))
                .followRedirects(false)
                .idleTimeout(config.attemptTimeout().toMillis(), TimeUnit.MILLISECONDS);
    }

    private synchronized HttpClient client() {
        if (stopped) {
            throw new IllegalStateException("stopped");
        }
        HttpClient client = started;
        if (client == null) {
            client = start();
            started = client;
        }
        return client;
    }

    private HttpClient start() {
        QueuedThreadPool threads = new QueuedThreadPool(16, 1);
        threads.setName("callback-http");
        threads.setDaemon(true);
        ClientConnector connector = new ClientConnector();
        connector.setSelectors(1);
        connector.setExecutor(threads);
        connector.setConnectTimeout(config.connectTimeout());
        HttpClientTransportOverHTTP transport = new HttpClientTransportOverHTTP(connector);
        transport.setConnectionPoolFactory(this::pool);
        HttpClient client = new HttpClient(transport);
        client.setConnectTimeout(config.connectTimeout().toMillis());
        client.setIdleTimeout(KEEP_ALIVE.toMillis());
        client.setDestinationIdleTimeout(CONNECTION_LIFE.toMillis());
        client.setMaxConnectionsPerDestination(config.inFlightPerHostMax());
        client.setMaxResponseHeadersSize(HEADER_BYTES_MAX);
        client.setHttpCookieStore(new HttpCookieStore.Empty());
        client.setFollowRedirects(false);
        client.setUserAgentField(null);
        client.setSocketAddressResolver(CallbackClient::checked);
        try {
            client.start();
        } catch (Exception e) {
            throw new IllegalStateException("the HTTP client of callbacks can't start", e);
        }
        client.getContentDecoderFactories().clear();
        client.getProtocolHandlers().remove(RedirectProtocolHandler.NAME);
        client.getProtocolHandlers().remove(WWWAuthenticationProtocolHandler.NAME);
        client.getProtocolHandlers().remove(ProxyAuthenticationProtocolHandler.NAME);
        return client;
    }

    private DuplexConnectionPool pool(Destination destination) {
        DuplexConnectionPool pool =
                new DuplexConnectionPool(destination, config.inFlightPerHostMax());
        pool.setMaxDuration(CONNECTION_LIFE.toMillis());
        return pool;
    }

    private static void checked(
            String host,
            int port,
            Map<String, Object> context,
            Promise<List<InetSocketAddress>> promise) {
        if (context.get(Destination.CONTEXT_KEY) instanceof Destination destination
                && destination.getOrigin().getTag()
                        instanceof Checked(List<InetSocketAddress> addresses)) {
            promise.succeeded(addresses);
        } else {
            promise.failed(
                    new IllegalStateException("no checked address for " + host + ":" + port));
        }
    }

    void stop() {
        HttpClient client;
        synchronized (this) {
            stopped = true;
            client = started;
            started = null;
        }
        if (client != null) {
            try {
                client.stop();
            } catch (Exception e) {
                log.warn("stopping the HTTP client of callbacks: {}", e.toString());
            }
        }
    }
}
