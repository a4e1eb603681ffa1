package io.erlust.api;

import io.erlust.api.http.AdminToken;
import io.erlust.api.http.ApiConfig;
import io.erlust.api.http.HttpServer;
import io.erlust.api.http.Route;
import io.erlust.api.http.StreamSlots;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * The HTTP API of a server. Starts listening last and stops first of all parts: {@link #quiet} ends
 * what waits and follows, {@link #stop} lets the requests under way finish.
 */
public final class ApiServer {
    private final JobEventLog events;
    private final HttpServer http;
    private final List<Route> routes;

    public ApiServer(ApiConfig config, AdminToken token, ApiParts parts) {
        StreamSlots slots = new StreamSlots(config.streamsMax());
        this.events = parts.eventLog();
        this.routes = routes(config, parts, slots);
        this.http = new HttpServer(
                config, routes, token, KnownErrors::problem, parts.metrics(), parts.clock());
        parts.metrics().gauge("erlust_http_streams", "Requests that wait or follow", slots::taken);
        new QueueMetrics(parts.queues()).register(parts.metrics());
    }

    /** The one route table. */
    private static List<Route> routes(ApiConfig config, ApiParts parts, StreamSlots slots) {
        PutRoom room = new PutRoom();
        return Stream.of(
                        new JobsResource(parts, config.bodyBytesMax(), room).routes(),
                        new ResultsResource(parts, slots).routes(),
                        new LogsResource(parts, config.heartbeat(), slots).routes(),
                        new JobEventsResource(parts, config.heartbeat(), slots).routes(),
                        new CallbacksResource(parts).routes(),
                        new QueuesResource(parts).routes(),
                        new ItemsResource(parts, room).routes(),
                        new ReceiptsResource(parts, slots).routes(),
                        new DeadResource(parts).routes(),
                        new InfoResource(parts, config).routes(),
                        new HealthResource(parts).routes())
                .flatMap(List::stream)
                .toList();
    }

    List<Route> routes() {
        return routes;
    }

    /** Listens; throws when the address is taken. */
    public void start() throws Exception {
        http.start();
    }

    /** {@code http://ADDRESS:PORT}, once started. */
    public URI uri() {
        return http.uri();
    }

    /** Ends long polls and streams; their clients come back later, or elsewhere. */
    public void quiet() {
        events.close();
    }

    public void stop(Duration deadline) throws Exception {
        quiet();
        http.stop(deadline);
    }
}
