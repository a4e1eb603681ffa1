package io.erlust.api.http;

import io.erlust.metrics.Counter;
import io.erlust.metrics.Metrics;
import io.erlust.time.MonotonicClock;

import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.QuietException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Every request passes here: the guard, the route, the endpoint; and every error leaves here, as a
 * problem. A defect is answered with an id and logged with the same id, never with its insides.
 */
final class Front extends Handler.Abstract {
    private static final Logger log = LoggerFactory.getLogger(Front.class);

    /**
     * How long the rest of a refused body is read away, so that the client gets to see the answer.
     */
    private static final long DRAIN_NANOS = 2_000_000_000L;

    private static final int CHUNKS_MAX = 16;

    private final ApiConfig config;
    private final Guard guard;
    private final Router router;
    private final Function<Throwable, Optional<Problem>> known;
    private final Counter requests;
    private final MonotonicClock clock;
    private final BodyMemory memory = new BodyMemory();

    Front(
            ApiConfig config,
            Guard guard,
            Router router,
            Function<Throwable, Optional<Problem>> known,
            Metrics metrics,
            MonotonicClock clock) {
        this.config = config;
        this.clock = clock;
        this.guard = guard;
        this.router = router;
        this.known = known;
        this.requests = metrics.counter(
                "erlust_http_requests",
                "HTTP requests by route and status",
                "method",
                "route",
                "status");
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        BodyMemory.Share share = memory.new Share();
        Exchange exchange = new Exchange(request, response, config, clock, share);
        Optional<Router.Match> match = router.match(request.getHttpURI().getPath());
        try {
            answer(request, exchange, match);
            callback.succeeded();
        } catch (Throwable e) {
            share.giveBack(); // a refused body is read away, which may take a while
            refuse(request, response, exchange, callback, e);
        } finally {
            share.giveBack();
        }
        requests.add(
                1,
                method(request),
                match.map(Router.Match::template).orElse("none"),
                Integer.toString(response.getStatus()));
        return true;
    }

    /** Methods are the client's to invent, metric labels are not. */
    private static String method(Request request) {
        return switch (request.getMethod()) {
            case "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS" -> request.getMethod();
            default -> "other";
        };
    }

    private void answer(Request request, Exchange exchange, Optional<Router.Match> match)
            throws Exception {
        guard.checkOrigin(request);
        Optional<Route> route = match.flatMap(found -> found.route(request.getMethod()));
        if (route.isEmpty() || !route.get().isPublic()) {
            guard.checkToken(request);
        }
        Router.Match found = match.orElseThrow(() -> Problem.of(
                ProblemType.UNKNOWN_ROUTE,
                "there is no such path; ids and names consist of letters, digits,"
                        + " '.', '_' and '-'; GET /openapi.yaml lists all routes"));
        if (route.isEmpty()) {
            throw Problem.of(
                            ProblemType.METHOD_NOT_ALLOWED,
                            "expected " + found.allow() + ", got " + method(request))
                    .withHeader("Allow", found.allow());
        }
        exchange.matched(found.variables());
        route.get().endpoint().answer(exchange);
    }

    private void refuse(
            Request request, Response response, Exchange exchange, Callback callback, Throwable e) {
        if (response.isCommitted() || isGone(e)) {
            // the answer has begun, or nobody is there: cutting the connection is all that can be
            // said
            log.debug("{} {} was cut", request.getMethod(), request.getHttpURI().getPath(), e);
            callback.failed(e instanceof QuietException ? e : new QuietException.Exception(e));
            return;
        }
        Problem problem = problemOf(request, e);
        try {
            boolean isUnread = !isRead(request);
            exchange.problem(problem, isUnread);
            if (isUnread && problem.type() != ProblemType.UNAUTHORIZED) {
                drain(request);
            }
            callback.succeeded();
        } catch (IOException gone) {
            log.debug("the client did not wait for its {}", problem.type(), gone);
            callback.failed(new QuietException.Exception(gone));
        }
    }

    private Problem problemOf(Request request, Throwable e) {
        if (e instanceof Problem problem) {
            return problem;
        }
        return httpProblem(e)
                .or(() -> known.apply(e))
                .orElseGet(() -> Problem.defect(
                        request.getMethod() + " " + request.getHttpURI().getPath(), e));
    }

    private static Optional<Problem> httpProblem(Throwable e) {
        for (Throwable at = e; at != null; at = at.getCause()) {
            if (at instanceof TimeoutException) {
                return Optional.of(Problem.of(
                        ProblemType.BODY_TIMEOUT,
                        "expected the body to keep coming, got nothing for too long"));
            }
            if (at instanceof HttpException http) {
                return Optional.of(JettyErrors.problem(http.getCode(), http.getReason()));
            }
        }
        return Optional.empty();
    }

    private static boolean isGone(Throwable e) {
        return e instanceof EOFException
                || e instanceof ClosedChannelException
                || (e instanceof IOException io
                        && String.valueOf(io.getMessage())
                                .toLowerCase(Locale.ROOT)
                                .matches(".*(connection reset|broken pipe).*"));
    }

    /** Whether the whole body is here already; looks at a few chunks, never waits. */
    private static boolean isRead(Request request) {
        for (int i = 0; i < CHUNKS_MAX; i++) {
            Content.Chunk chunk = request.read();
            if (chunk == null || Content.Chunk.isFailure(chunk)) {
                return false;
            }
            chunk.release();
            if (chunk.isLast()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Reads the rest of the body for a while: closing with unread bytes would reset the connection.
     */
    private void drain(Request request) throws IOException {
        long end = clock.nanos() + DRAIN_NANOS;
        byte[] block = new byte[16 << 10];
        InputStream rest = Content.Source.asInputStream(request);
        int read = 0;
        while (read >= 0 && clock.nanos() - end < 0) {
            read = rest.read(block);
        }
    }
}
