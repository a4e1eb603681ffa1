package io.erlust.api.http;

import io.erlust.metrics.Metrics;
import io.erlust.time.MonotonicClock;

import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.function.Function;

/**
 * Jetty with our bounds: one acceptor, one selector, a handful of platform threads for them, and a
 * virtual thread a request. Stopping lets the requests under way finish.
 */
public final class HttpServer {
    /** Acceptor, selector, and a few to take over while one of them is busy. */
    private static final int PLATFORM_THREADS_MAX = 16;

    private final Server server;
    private final ServerConnector connector;

    public HttpServer(
            ApiConfig config,
            List<Route> routes,
            AdminToken token,
            Function<Throwable, Optional<Problem>> known,
            Metrics metrics,
            MonotonicClock clock) {
        QueuedThreadPool threads = new QueuedThreadPool(PLATFORM_THREADS_MAX, 3);
        threads.setName("http");
        threads.setReservedThreads(1);
        threads.setVirtualThreadsExecutor(Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("http-", 0).factory()));
        server = new Server(
                threads,
                new ScheduledExecutorScheduler("http-timer", true),
                new ArrayByteBufferPool(0, 4096, 65536, 256, 8 << 20, 16 << 20));
        connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http(config)));
        connector.setHost(config.address());
        connector.setPort(config.port());
        connector.setIdleTimeout(config.idle().toMillis());
        connector.setAcceptQueueSize(1024);
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(config.connectionsMax(), connector));
        server.setErrorHandler(new JettyErrors());
        Guard guard = new Guard(config.hosts(), token);
        server.setHandler(new GracefulHandler(
                new Front(config, guard, new Router(routes), known, metrics, clock)));
    }

    private static HttpConfiguration http(ApiConfig config) {
        HttpConfiguration http = new HttpConfiguration();
        http.setRequestHeaderSize(config.headerBytesMax());
        http.setSendServerVersion(false);
        http.setOutputBufferSize(32 << 10);
        http.setRelativeRedirectAllowed(false);
        return http;
    }

    public void start() throws Exception {
        server.start();
    }

    /** Where it listens, once started. */
    public URI uri() {
        String host = connector.getHost();
        String shown = host.contains(":") ? '[' + host + ']' : host;
        return URI.create("http://" + shown + ':' + connector.getLocalPort());
    }

    /**
     * Accepts nothing more, waits for the requests under way, cuts what is left at the deadline.
     */
    public void stop(Duration deadline) throws Exception {
        server.setStopTimeout(deadline.toMillis());
        server.stop();
    }
}
